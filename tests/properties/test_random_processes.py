"""Random processes, driven at random: however they are drawn and whatever comes first, the books must balance."""

from __future__ import annotations

import ast
import copy
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bpmn
from engine import commands
from engine.events import PATH_TAKEN
from engine.runtime import Frozen, Services, resume
from engine.runtime import freeze as freezing
from engine.runtime.elements.joining import Joining
from engine.runtime.freeze import freeze, thaw
from engine.runtime.process import Process
from engine.runtime.scopes import Scopes
from engine.runtime.stepper import _apply
from engine.step import ElementState, Outcome, TimerWait
from tests.engine.runtime.driver import NOW, ROOT, Run
from tests.properties.blocks import CAMUNDA7, CAMUNDA8, PLAIN, Block, Drawing, processes

MOST_STEPS = 400
Json = Any

_heard: list[str] = []
_armed = False


def _listen(event: str, args: tuple[Any, ...]) -> None:
    # A tree of our own making is no text: tests/house/test_modules.py says why FEEL that is hot may become one.
    if _armed and event in {"exec", "compile"} and not isinstance(args[0], ast.Module):
        _heard.append(event)


sys.addaudithook(_listen)


@contextmanager
def _nothing_evaluated() -> Iterator[None]:
    global _armed  # noqa: PLW0603 - a hook cannot be taken away, only told to be quiet
    _armed = True
    try:
        yield
    finally:
        _armed = False


class Walk(Run):
    """A run that keeps the books: what was entered and left, which flows were taken, what interrupted."""

    def __init__(self, xml: bytes) -> None:
        self.opened: Counter[int] = Counter()
        self.closed: Counter[int] = Counter()
        self.visits: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.was_interrupted = False
        super().__init__(xml)

    def _take(self, step: Any) -> None:
        super()._take(step)
        for change in step.elements:
            if change.opened:
                self.opened[change.key] += 1
                self.visits[change.element_id] += change.kind != "multiInstanceBody"
            if change.state is not ElementState.ACTIVE:
                self.closed[change.key] += 1
                self.was_interrupted |= change.state is ElementState.TERMINATED
        for event in step.events:
            if event.type == PATH_TAKEN:
                self.taken.update(event.data["flows"])

    def command(self, key: int) -> commands.Command:
        """What the outside would answer to a wait."""
        return commands.FireTimer(key) if isinstance(self.waits[key], TimerWait) else commands.Complete(key)

    def frozen(self) -> Frozen:
        """The instance as it is stored."""
        return Frozen(ROOT, self.step.state or b"", self.stored)

    def services(self) -> Services:
        """Keys from here on, given out to this caller alone."""
        keys = copy.copy(self._keys)
        return Services(lambda: next(keys), NOW, self._decide)

    def thawed(self) -> Process:
        """A live process from the stored state."""
        process = Process(self.definition, ROOT, self.services(), Scopes(ROOT, self.stored))
        thaw(process, self.step.state or b"")
        return process


def _many(dialect: str, examples: int) -> None:
    """So many random processes of a dialect, each driven by random picks among what it waits for."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(block=processes(dialect), picks=st.lists(st.integers(0, 1000), min_size=1, max_size=30))
    def one(block: Block, picks: list[int]) -> None:
        _drive(dialect, block, picks)

    one()


@pytest.mark.parametrize("dialect", [CAMUNDA8, CAMUNDA7, PLAIN])
def test_random_processes_end_with_balanced_books(dialect: str) -> None:
    _many(dialect, 40)


@pytest.mark.faults
@pytest.mark.timeout(240)
@pytest.mark.parametrize("dialect", [CAMUNDA8, CAMUNDA7, PLAIN])
def test_many_random_processes_end_with_balanced_books(dialect: str) -> None:
    _many(dialect, 250)


def _drive(dialect: str, block: Block, picks: list[int]) -> None:
    drawing = Drawing(dialect)
    xml = drawing.process(block)
    assert [found for found in bpmn.check(bpmn.read(xml)) if found.severity == "error"] == []
    walk = Walk(xml)
    steps = 0
    while walk.step.outcome is Outcome.ACTIVE:
        assert steps < MOST_STEPS
        _check_at_rest(walk)
        keys = sorted(walk.waits)
        key = keys[picks[steps % len(picks)] % len(keys)]
        _check_going_on(walk, key)
        command = walk.command(key)
        with _nothing_evaluated():
            walk.send(command)
        steps += 1
    assert walk.step.outcome is Outcome.COMPLETED
    assert walk.incidents == {}
    _check_books(walk, drawing)


def test_nothing_was_evaluated_as_python_on_the_way() -> None:
    assert _heard == []


def _check_at_rest(walk: Walk) -> None:
    """Every token waits for something that can come, and freezing what was thawed gives the same."""
    process = walk.thawed()
    for token in process.tasks.values():
        is_scope = bool(token.children)
        assert is_scope or token.stored or isinstance(token.task_spec, Joining), token.task_spec.id
    assert {key for key, token in process.tasks.items() if token.stored} == set(walk.waits)
    assert freeze(process) == walk.step.state


def _check_going_on(walk: Walk, key: int) -> None:
    """Two answers with a freeze between them lead where the two lead without.

    Between them only those tokens are thawed that somebody asks for, as in instances with very many.
    """
    apart = resume(walk.definition, walk.frozen(), walk.command(key), services := walk.services())
    left = sorted(set(walk.waits) - {key} - set(apart.closed))
    if apart.outcome is not Outcome.ACTIVE or not left:
        return
    stored = _with(walk.stored, apart)
    second = walk.command(left[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freezing, "MOST_AWAKE", 0)
        apart = resume(walk.definition, Frozen(ROOT, apart.state or b"", stored), second, services)
    together = walk.thawed()
    for command in (walk.command(key), second):
        _apply(command, together)
        together.run()
    assert together.completed == (apart.outcome is Outcome.COMPLETED)
    if not together.completed:
        assert _tree(freeze(together)) == _tree(apart.state)
        scopes = {scope: dict(together.scopes.local(scope)) for scope in {*stored, *together.tasks}}
        assert _values(scopes) == _values(_with(stored, apart))


def _check_books(walk: Walk, drawing: Drawing) -> None:
    """At the end: what was entered was left, once; flows lead to visits; joins were passed as often as splits."""
    assert walk.opened == walk.closed
    assert set(walk.opened.values()) == {1}
    arrivals: Counter[str] = Counter()
    for flow_id, count in walk.taken.items():
        arrivals[walk.definition.flows[flow_id].target] += count
    joins = set(drawing.pairs.values())
    by_id = walk.definition.process.by_id
    for node in by_id.values():
        if node.incoming and node.loop is None and node.id not in joins:
            visited = walk.visits[node.id]
            assert visited <= arrivals[node.id] if walk.was_interrupted else visited == arrivals[node.id]
    for split, join in drawing.pairs.items():
        # Counted by what leaves it: a complex gateway has a visit for its reset, too.
        expected, found = walk.visits[split], sum(walk.taken[flow] for flow in by_id[join].outgoing)
        assert found <= expected if walk.was_interrupted else found == expected


def _with(stored: dict[int, dict[str, Json]], step: Any) -> dict[int, dict[str, Json]]:
    found = {scope: dict(values) for scope, values in stored.items() if scope not in step.dropped_scopes}
    for scope, values in step.variables.items():
        found.setdefault(scope, {}).update(values)
    return found


def _values(scopes: dict[int, dict[str, Json]]) -> dict[int, dict[str, Json]]:
    return {scope: values for scope, values in scopes.items() if values}


def _tree(state: bytes | None) -> Json:
    return msgspec.msgpack.decode(state or b"")
