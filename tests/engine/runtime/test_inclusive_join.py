"""Inclusive joins against the text of the standard: random diagrams, and an oracle that searches from scratch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bpmn
from engine import commands
from engine.runtime import Frozen, Migration, standing
from engine.runtime import compile as compile_process
from engine.runtime.freeze import thaw
from engine.runtime.process import Process, Services
from engine.runtime.scopes import Scopes
from engine.step import Outcome
from tests.engine.runtime.driver import ENDS, NOW, ROOT, USER, Run
from tests.support.diagrams import Flow, diagram

MOST_MOVES = 12


def _gateway(kind: str, element_id: str, attributes: str = "") -> str:
    return f'<bpmn:{kind} id="{element_id}" {attributes}/>'


def _loop_around_a_join() -> bytes:
    body = ENDS + "".join(USER.format(name) for name in ("a", "b", "again"))
    body += _gateway("parallelGateway", "f") + _gateway("inclusiveGateway", "j")
    body += _gateway("exclusiveGateway", "g", 'default="f7"') + _gateway("exclusiveGateway", "m")
    flows: list[Flow] = [("s", "m"), ("m", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "g")]
    flows += [("g", "again"), ("g", "e", "=done"), ("again", "m")]
    return diagram(body, flows)


def test_a_join_in_a_loop_passes_once_per_round_however_often() -> None:
    run = Run(_loop_around_a_join(), {"done": False})
    for _ in range(5):
        run.complete("a")
        assert run.at() == ["b"]
        run.complete("b")
        assert run.at() == ["again"]
        run.complete("again")
    run.send(commands.SetVariables(ROOT, {"done": True})).complete("b").complete("a")
    assert run.step.outcome is Outcome.COMPLETED
    assert run.entered.count("j") == 6


def test_tokens_beyond_one_per_flow_pass_in_rounds_of_their_own() -> None:
    body = ENDS + "".join(USER.format(name) for name in "abcx") + _gateway("parallelGateway", "f")
    body += _gateway("exclusiveGateway", "m") + _gateway("inclusiveGateway", "j")
    flows: list[Flow] = [("s", "f"), ("f", "a"), ("f", "b"), ("f", "c"), ("a", "m"), ("b", "m"), ("m", "j"), ("c", "j")]
    run = Run(diagram(body, [*flows, ("j", "x"), ("x", "e")]))
    run.complete("a").complete("b")
    assert run.entered.count("j") == 0  # c can still come by the empty flow
    run.complete("c")
    assert run.entered.count("j") == 2  # one round of both flows, one of what was left of the first
    assert run.at() == ["x", "x"]


def test_a_token_that_can_come_by_a_flow_that_has_one_is_not_waited_for() -> None:
    body = ENDS + "".join(USER.format(name) for name in "abx") + _gateway("parallelGateway", "f")
    body += _gateway("exclusiveGateway", "m") + _gateway("inclusiveGateway", "j")
    flows: list[Flow] = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "m"), ("b", "m"), ("m", "j"), ("s", "j")]
    run = Run(diagram(body, [*flows, ("j", "x"), ("x", "e")]))
    assert run.at() == ["a", "b"]  # the flow straight from the start has its token, the other may get one
    run.complete("a")
    assert run.at() == ["b", "x"]


def test_a_link_is_a_path_too() -> None:
    body = ENDS + "".join(USER.format(name) for name in "abx") + _gateway("parallelGateway", "f")
    body += '<bpmn:intermediateThrowEvent id="t"><bpmn:linkEventDefinition name="l"/></bpmn:intermediateThrowEvent>'
    body += '<bpmn:intermediateCatchEvent id="c"><bpmn:linkEventDefinition name="l"/></bpmn:intermediateCatchEvent>'
    body += _gateway("inclusiveGateway", "j")
    flows: list[Flow] = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "t"), ("c", "j"), ("j", "x"), ("x", "e")]
    run = Run(diagram(body, flows))
    run.complete("a")
    assert run.at() == ["b"]
    run.complete("b")
    assert run.at() == ["x"]
    assert (run.entered.count("c"), run.entered.count("j")) == (1, 1)


def test_a_join_says_what_it_waits_for() -> None:
    run = Run(_loop_around_a_join(), {"done": False}).complete("a")
    [join] = standing(run.definition, ROOT, run.step.state or b"")
    assert (join.element_id, [flow.source for flow in join.missing]) == ("j", ["b"])


def _renamed(kind: str, inner: str, ids: str) -> bytes:
    """a and b lead to a join and on to x; `ids` are the names of its two incoming flows."""
    body = ENDS + "".join(f'<bpmn:userTask id="{name}"/>' for name in "abx") + _gateway("parallelGateway", "f")
    body += f'<bpmn:{kind} id="j">{inner}</bpmn:{kind}>'
    xml = diagram(
        body, [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "x"), ("x", "e")], dialect="plain"
    )
    return xml.replace(b'"f3"', f'"{ids}1"'.encode()).replace(b'"f4"', f'"{ids}2"'.encode())


@pytest.mark.parametrize(
    ("kind", "inner", "after_one", "after_both"),
    [
        ("inclusiveGateway", "", [], ["x"]),
        ("complexGateway", "<bpmn:activationCondition>activationCount = 1</bpmn:activationCondition>", ["x"], ["x"]),
    ],
)
def test_a_join_keeps_its_arrivals_when_the_instance_is_migrated(
    kind: str, inner: str, after_one: list[str], after_both: list[str]
) -> None:
    run = Run(_renamed(kind, inner, "old")).complete("a")
    assert run.at() == sorted(["b", *after_one])
    target = compile_process(bpmn.read(_renamed(kind, inner, "new")), "p")
    frozen = Frozen(ROOT, run.step.state or b"", run.stored)
    _, step = Migration(run.definition, target, {}).make(frozen, run._services())
    run.definition = target
    run._take(step)
    run.complete("b")
    assert run.at() == after_both


# Random diagrams: tasks and gateways joined at will, loops included.

GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "inclusiveGateway")


@st.composite
def _diagrams(draw: st.DrawFn) -> bytes:
    tasks = [f"t{index}" for index in range(draw(st.integers(2, 4)))]
    kinds = draw(st.lists(st.sampled_from(GATEWAYS), min_size=2, max_size=5))
    gateways = [f"g{index}" for index in range(len(kinds))]
    flows: list[Flow] = [("s", draw(st.sampled_from(gateways)))]
    flows += [(task, draw(st.sampled_from(gateways))) for task in tasks]
    for index, (node, kind) in enumerate(zip(gateways, kinds, strict=True)):
        # A gateway leads to tasks and later gateways only, so that no loop runs without a wait.
        later = [*tasks, *gateways[index + 1 :], "e"]
        targets = draw(st.lists(st.sampled_from(later), min_size=1, max_size=3, unique=True))
        if kind == "exclusiveGateway":  # the second way is never taken, but it might be
            flows += [
                (node, target, condition) for target, condition in zip(targets, ("=true", "=false"), strict=False)
            ]
        elif kind == "parallelGateway":
            flows += [(node, target) for target in targets]
        else:
            flows += [(node, target, "=true") for target in targets]
    body = ENDS + "".join(USER.format(name) for name in tasks)
    body += "".join(_gateway(kind, name) for kind, name in zip(kinds, gateways, strict=True))
    return diagram(body, flows)


@given(xml=_diagrams(), picks=st.lists(st.integers(0, 100), min_size=1, max_size=MOST_MOVES))
def test_no_join_rests_that_the_standard_would_let_pass_and_none_passes_too_early(xml: bytes, picks: list[int]) -> None:
    run = Run(xml)
    for pick in picks:
        _compare(run)
        keys = sorted(run.waits)
        if run.step.outcome is not Outcome.ACTIVE or not keys or len(keys) > 40:
            break
        run.send(commands.Complete(keys[pick % len(keys)]))


def _compare(run: Run) -> None:
    """At rest every inclusive join must wait by the standard's own words, and for exactly what the engine says."""
    if run.step.state is None:
        return
    process = _thawed(run)
    for join in standing(run.definition, ROOT, run.step.state):
        element = process.tasks[join.key].task_spec
        if element.kind == "inclusiveGateway":
            expected = _still_coming(run, process, join.key)
            assert expected
            assert {flow.id for flow in join.missing} == expected


def _thawed(run: Run) -> Process:
    process = Process(run.definition, ROOT, Services(lambda: 0, NOW, run._decide), Scopes(ROOT))
    thaw(process, run.step.state or b"")
    return process


def _still_coming(run: Run, process: Process, key: int) -> set[str]:
    """BPMN 2.0.2, 13.4.3: from each token elsewhere, forwards, not through the gateway."""
    join = process.tasks[key]
    filled = set(join.memo["arrived"])
    missing: set[str] = set()
    for token in process.root.children:
        if token is not join:
            ends = set(_ends_of_paths(run, token.task_spec.id, join.task_spec.id))
            if not ends & filled:
                missing |= ends
    return missing


def _ends_of_paths(run: Run, start: str, gateway: str) -> Iterator[str]:
    outgoing: dict[str, list[tuple[str, str]]] = {}
    for flow in run.definition.flows.values():
        outgoing.setdefault(flow.source, []).append((flow.id, flow.target))
    seen, waiting = {start}, [start]
    while waiting:
        for flow_id, target in outgoing.get(waiting.pop(), ()):
            if target == gateway:
                yield flow_id
            elif target not in seen:
                seen.add(target)
                waiting.append(target)
