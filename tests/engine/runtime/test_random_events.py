"""Random processes of events in scopes, driven at random: whatever comes in whatever order, the books agree.

After each step the instance is frozen and thawed by the driver. Checked then: what waits hangs on live tokens, every
element that was entered is left once at most, and an instance that ends leaves nothing behind.
"""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from engine import commands
from engine.runtime.freeze import freeze, thaw
from engine.runtime.process import Process
from engine.runtime.scopes import Scopes
from engine.step import ElementState, JobWait, MessageWait, Outcome, Step, TimerWait
from tests.engine.runtime.driver import ROOT, Run
from tests.support.diagrams import diagram

_CODES = ("ONE", "TWO")
_ROOTS = (
    "".join(
        f'<bpmn:error id="er{code}" errorCode="{code}"/><bpmn:escalation id="es{code}" escalationCode="{code}"/>'
        for code in _CODES
    )
    + '<bpmn:message id="m" name="m"><bpmn:extensionElements><zeebe:subscription correlationKey="=1"/>'
    + ("</bpmn:extensionElements></bpmn:message>")
)
_TIMER = "<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>"
_MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'
_COMPENSATION = "<bpmn:compensateEventDefinition/>"


class Drawing:
    """The XML of a random scope: a line of steps, some of them scopes, with events on borders and inside."""

    def __init__(self, chance: random.Random, dialect: str) -> None:
        self.chance = chance
        self.dialect = dialect
        self.count = 0

    def process(self) -> bytes:
        return diagram(self.scope(3), dialect=self.dialect, roots=_ROOTS)

    def scope(self, depth: int, start: str = "") -> str:
        begin = self.node("startEvent", start)
        names, parts = [begin[0]], [begin[1]]
        for _ in range(self.chance.randint(1, 3)):
            name, xml = self.step(depth)
            names.append(name)
            parts.append(xml)
        name, xml = self.end()
        names.append(name)
        parts += [xml, *(self.flow(a, b) for a, b in pairwise(names))]
        if self.chance.random() < 0.4:  # a second line from the same start
            (beside, step), (last, over) = self.step(depth), self.end()
            parts += [step, over, self.flow(begin[0], beside), self.flow(beside, last)]
        if depth > 0:
            parts += [self.event_sub_process(depth - 1) for _ in range(self.chance.choice((0, 1, 1, 2)))]
        return "".join(parts)

    def step(self, depth: int) -> tuple[str, str]:
        if depth > 0 and self.chance.random() < 0.4:
            kind = "transaction" if self.dialect == "plain" and self.chance.random() < 0.4 else "subProcess"
            name, xml = self.node(kind, self.scope(depth - 1) + self.repeated())
            return name, xml + self.border(name)
        if self.chance.random() < 0.3:
            thrown = (self.escalation(), _COMPENSATION, "", *self.several(self.escalation(), _COMPENSATION))
            return self.node("intermediateThrowEvent", self.chance.choice(thrown))
        if self.dialect == "plain" and self.chance.random() < 0.2:
            triggers = self.chance.choice((_TIMER + _MESSAGE, _MESSAGE + _TIMER + _MESSAGE))
            return self.node("intermediateCatchEvent", triggers, self.all_or_any())
        name = self.name("t")
        return name, self.task(name) + self.border(name) + (self.undone(name) if self.chance.random() < 0.5 else "")

    def repeated(self) -> str:
        if self.chance.random() < 0.6:
            return ""
        how = "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
        if self.dialect == "camunda8":
            how = '<zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="item"/>'
            how = f"<bpmn:extensionElements>{how}</bpmn:extensionElements>"
        order = self.chance.choice(("true", "false"))
        tag = "bpmn:multiInstanceLoopCharacteristics"
        return f'<{tag} isSequential="{order}">{how}</{tag}>'

    def task(self, name: str, attributes: str = "") -> str:
        work = '<bpmn:extensionElements><zeebe:taskDefinition type="w"/></bpmn:extensionElements>'
        job = {"camunda8": work, "camunda7": "", "plain": ""}[self.dialect]
        typed = {"camunda7": 'camunda:type="external" camunda:topic="w"', "plain": 'implementation="w"'}
        return f'<bpmn:serviceTask id="{name}" {typed.get(self.dialect, "")} {attributes}>{job}</bpmn:serviceTask>'

    def undone(self, name: str) -> str:
        event, undo = self.name("c"), self.name("undo")
        return (
            f'<bpmn:boundaryEvent id="{event}" attachedToRef="{name}">{_COMPENSATION}</bpmn:boundaryEvent>'
            + self.task(undo, 'isForCompensation="true"')
            + f'<bpmn:association id="{self.name("a")}" sourceRef="{event}" targetRef="{undo}"/>'
        )

    def border(self, host: str) -> str:
        found = ""
        several = self.several(_TIMER, _MESSAGE, _MESSAGE), self.several(_MESSAGE, self.escalation(), self.error())
        for definition in (
            _TIMER,
            _MESSAGE,
            self.error(),
            self.escalation(),
            "<bpmn:cancelEventDefinition/>",
            *(one for kinds in several for one in kinds),
        ):
            is_cancel = "cancel" in definition
            if is_cancel and self.dialect != "plain":
                continue
            if self.chance.random() < (1.0 if is_cancel else 0.2):
                stays = "false" if "error" not in definition and self.chance.random() < 0.5 else "true"
                name, end = self.name("b"), self.end()
                found += f'<bpmn:boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="{stays}"'
                found += f" {self.all_or_any() if 'timerEventDefinition' in definition else ''}>"
                found += f"{definition}</bpmn:boundaryEvent>{end[1]}{self.flow(name, end[0])}"
        return found

    def event_sub_process(self, depth: int) -> str:
        kinds = [_TIMER, _MESSAGE, self.error(), self.escalation()]
        kinds += [*self.several(_TIMER, _MESSAGE), *self.several(self.escalation(), _MESSAGE, self.error())]
        definition = self.chance.choice(kinds)
        stays = "false" if "error" not in definition and self.chance.random() < 0.5 else "true"
        needed = self.all_or_any() if definition == _TIMER + _MESSAGE else ""
        body = self.scope(depth, definition).replace(
            "<bpmn:startEvent ", f'<bpmn:startEvent isInterrupting="{stays}" {needed} ', 1
        )
        return self.node("subProcess", body, 'triggeredByEvent="true"')[1]

    def end(self) -> tuple[str, str]:
        kinds = ["", "", "", "<bpmn:terminateEventDefinition/>", self.error(), self.escalation(), _COMPENSATION]
        kinds += self.several(self.escalation(), _COMPENSATION, self.error())
        kinds += self.several("<bpmn:terminateEventDefinition/>", self.escalation())
        return self.node("endEvent", self.chance.choice(kinds))

    def several(self, *definitions: str) -> list[str]:
        """All of them in one event, which only plain BPMN has."""
        return ["".join(definitions)] if self.dialect == "plain" else []

    def all_or_any(self) -> str:
        return 'parallelMultiple="true"' if self.dialect == "plain" and self.chance.random() < 0.6 else ""

    def error(self) -> str:
        return f'<bpmn:errorEventDefinition errorRef="er{self.chance.choice(_CODES)}"/>'

    def escalation(self) -> str:
        return f'<bpmn:escalationEventDefinition escalationRef="es{self.chance.choice(_CODES)}"/>'

    def node(self, kind: str, inside: str, attributes: str = "") -> tuple[str, str]:
        name = self.name("n")
        return name, f'<bpmn:{kind} id="{name}" {attributes}>{inside}</bpmn:{kind}>'

    def flow(self, source: str, target: str) -> str:
        return f'<bpmn:sequenceFlow id="{self.name("f")}" sourceRef="{source}" targetRef="{target}"/>'

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"


class Books:
    """What the steps said, added up."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.opened: Counter[int] = Counter()
        self.closed: Counter[int] = Counter()
        self.take(run.step)

    def take(self, step: Step) -> None:
        for change in step.elements:
            self.opened[change.key] += change.opened
            self.closed[change.key] += change.state is not ElementState.ACTIVE
        assert max(self.opened.values()) == 1
        assert not self.closed - self.opened
        self.compare(step)

    def compare(self, step: Step) -> None:
        open_now = set(self.opened) - set(self.closed)
        if step.outcome is not Outcome.ACTIVE:
            assert (self.run.waits, self.run.incidents, open_now - {ROOT}) == ({}, {}, set())
            assert set(self.run.stored) <= {ROOT}
            return
        process = self.thawed(step)
        assert set(self.run.waits) | set(self.run.incidents) <= set(process.tasks)
        assert open_now <= set(process.tasks)
        assert freeze(process) == step.state
        assert self.run.waits or self.run.incidents, "nothing waits, and yet it is not over"

    def thawed(self, step: Step) -> Process:
        process = Process(self.run.definition, ROOT, self.run._services(), Scopes(ROOT))
        assert step.state is not None
        thaw(process, step.state)
        return process


def _next(chance: random.Random, run: Run) -> commands.Command:
    if run.incidents and (chance.random() < 0.1 or not run.waits):
        return commands.Resolve(chance.choice(sorted(run.incidents)))
    free = [key for key in sorted(run.waits) if key not in run.incidents]
    key = chance.choice(free)
    wait: Any = run.waits[key]
    if isinstance(wait, TimerWait):
        return commands.FireTimer(key, wait.repetitions)
    if isinstance(wait, MessageWait):
        return commands.Correlate(key, {"seen": key})
    assert isinstance(wait, JobWait)
    if chance.random() < 0.3:
        return commands.ThrowError(key, chance.choice(_CODES), "", {"why": 1})
    return commands.Complete(key, {"done": key})


@pytest.mark.parametrize("dialect", ["camunda8", "camunda7", "plain"])
@pytest.mark.parametrize("seed", range(40))
def test_the_books_agree_whatever_happens(seed: int, dialect: str) -> None:
    chance = random.Random(f"{seed} {dialect}")
    run = Run(Drawing(chance, dialect).process())
    books = Books(run)
    for _ in range(60):
        if run.step.outcome is not Outcome.ACTIVE or not (set(run.waits) - set(run.incidents) or run.incidents):
            break
        run.send(_next(chance, run))
        books.take(run.step)
    if run.step.outcome is Outcome.ACTIVE:
        run.send(commands.Cancel())
        books.take(run.step)
    assert run.step.outcome is not Outcome.ACTIVE
