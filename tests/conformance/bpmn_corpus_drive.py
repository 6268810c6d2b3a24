"""Drives every executable process of one diagram until all that can be reached was entered, or nothing new comes.

Each run starts anew and heads for what no run has entered yet: the nearest such element decides which wait is answered,
how (a result, an error that somebody catches), and with which values.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

import bpmn
from bpmn import languages
from bpmn.errors import ModelError
from bpmn.model import EventKind, Expression, FlowNode, Model, Process
from engine.commands import Json
from engine.engine import NamedFile
from engine.errors import EngineError, ModelRejected, StepFailed
from engine.runtime import ReadOnlyBean
from engine.runtime.problem import FAILED_JOB
from tests.conformance import bpmn_corpus_standins as stand_in
from tests.conformance.bpmn_corpus_answers import Answering
from tests.conformance.bpmn_corpus_decisions import matching
from tests.conformance.bpmn_corpus_files import Piece, Reference, named
from tests.conformance.bpmn_corpus_reasons import Found, drawn_so, why_refused
from tests.conformance.bpmn_corpus_values import Values, evaluate, put
from tests.conformance.bpmn_corpus_ways import Ways
from tests.conformance.bpmn_corpus_world import ADMIN, World

MOST_RUNS = 30
MOST_STEPS = 120
BARREN_RUNS = 4  # so many runs without anything new, and it is over
PATIENT_RUNS = 12  # where an element has only ever stopped: other values may let it pass
CPU_SECONDS = 8.0
_DEADLOCK = "a parallel join that can never open, as drawn"
REFUSED, ENDED, FAILED, NOTHING = "refused", "ended", "failed", "not executable"


@dataclass
class Outcome:
    """What became of one diagram."""

    file: str
    flavour: str
    state: str = ENDED
    reasons: list[dict[str, str]] = field(default_factory=list)  # element, reason, and why it is right
    runs: int = 0
    steps: int = 0
    elements: int = 0
    entered: int = 0
    missed: list[str] = field(default_factory=list)

    def note(self, element: str, reason: str, why: str = "") -> None:
        said = {"element": element, "reason": " ".join(reason.split())[:400], **({"why": why} if why else {})}
        if said not in self.reasons:
            self.reasons.append(said)


def drive(piece: Piece, companions: Sequence[Piece], world: World) -> Outcome:
    """Deploy a diagram with its companions and run it."""
    outcome = Outcome(piece.file, piece.flavour)
    if piece.model is None:
        return _refused(outcome, [("unreadable", "", piece.unreadable)], piece)
    if not piece.model.executable:
        outcome.state = NOTHING
        return outcome
    try:
        _deploy(piece, list(companions), world)
    except ModelRejected as rejected:
        found = [
            (one.rule, one.element, one.message)
            for one in rejected.findings.get(piece.name, ())
            if one.severity == "error"
        ]
        return _refused(outcome, found, piece)
    except (EngineError, ModelError) as error:
        outcome.state = FAILED
        outcome.note("", f"deploy: {error}")
        return outcome
    beside = [process for one in companions if one.model for process in one.model.executable]
    tables = [one.path.read_text("utf-8", "replace") for one in companions if one.path.suffix == ".dmn"]
    texts = [unescape(text) for table in tables for text in re.findall(r"text>([^<]{1,60})<", table)]
    typed = r'<(?:\w+:)?inputExpression[^>]*typeRef="(?:feel:)?(\w+)"[^>]*>\s*<(?:\w+:)?text>\s*(\w+)\s*<'
    texts += [f"{type_}: {name}" for table in tables for type_, name in re.findall(typed, table)]
    rules = matching(one.path.read_bytes() for one in companions if one.path.suffix == ".dmn")
    values = {one.id: Values(one, texts, rules) for one in (*beside, *piece.model.executable)}
    return _Drive(piece.model, beside, values, world, outcome).all()


def _refused(outcome: Outcome, found: Sequence[Found], piece: Piece) -> Outcome:
    outcome.state = REFUSED
    for (rule, element, message), why in why_refused(found, piece.flavour):
        if not why:
            outcome.state = FAILED
        outcome.note(element, f"{rule}: {message}", why)
    return outcome


def _asked(piece: Piece) -> set[Reference]:
    """What a diagram may refer to: by plain ids, and by expressions over the values it will be given."""
    found = set(piece.asks)
    for process in piece.model.executable if piece.model else ():
        given = Values(process).defaults()
        for kind, expression in named(process):
            identity = None if expression.is_literal else evaluate(expression, given)
            if isinstance(identity, str) and identity:
                found.add((kind, identity))
    return found


def _deploy(piece: Piece, companions: list[Piece], world: World) -> None:
    while True:
        asked = {one for part in (piece, *companions) for one in _asked(part)}
        missing = asked - {one for part in (piece, *companions) for one in part.defines}
        missing |= {
            ("process", stand_in.PROCESS),
            ("decision", stand_in.DECISION),
            ("form", stand_in.FORM),
        }
        files = [NamedFile(part.name, part.path.read_bytes()) for part in (piece, *companions)]
        try:
            return world.deploy([*files, *stand_in.stand_ins(missing)])
        except ModelRejected as rejected:
            bad = {name for name, found in rejected.findings.items() if any(one.severity == "error" for one in found)}
            kept = [part for part in companions if part.name not in bad]
            if piece.name in bad or len(kept) == len(companions):
                raise
            companions = kept


class _Drive(Answering):
    """All runs over one diagram."""

    def __init__(
        self,
        model: Model,
        beside: Sequence[Process],
        values: Mapping[str, Values],
        world: World,
        outcome: Outcome,
    ) -> None:
        self.world = world
        self.outcome = outcome
        self.flavour = outcome.flavour
        everything = {process.id: process for process in (*beside, *model.executable)}
        self.own = [process.id for process in model.executable]
        self.ways = {name: Ways(process) for name, process in everything.items()}
        self.values = dict(values)
        self.deadlocks = {finding.element for finding in bpmn.check(model) if finding.rule == "deadlock"}
        self.beans = {bean for values in self.values.values() for bean in values.beans}
        self.entered: dict[str, set[str]] = {name: set() for name in self.ways}
        self.reachable = {name: self.ways[name].reachable() for name in self.own}
        self.passed: Counter[tuple[str, str]] = Counter()
        self.troubles: dict[tuple[str, str], tuple[str, str]] = {}
        self.ends = 0
        self.stuck: list[tuple[str, str]] = []
        self.begun: set[str] = set()  # in ad-hoc sub-processes, in this run
        self.variables: dict[str, dict[str, Json]] = {}
        self.deadline = time.process_time() + CPU_SECONDS

    def all(self) -> Outcome:
        for process_id in self.own:
            ways = self.ways[process_id]
            for start in ways.starts():
                self._from(process_id, start)
            if not ways.starts():
                self.outcome.note("", f"process {process_id} cannot be started from outside", "nothing starts it")
        return self._judged()

    def _from(self, process_id: str, start: FlowNode) -> None:
        """Runs from one start event, until they bring nothing new."""
        barren = 0
        for run in range(MOST_RUNS):
            before = self._count()
            try:
                begun = self._begin(process_id, start, run)
            except StepFailed as failed:
                self._handed_back(failed)
                begun = True
            except EngineError as error:
                self._fail(start.id, f"start: {error}")
                return
            if not begun:
                self._fail(start.id, "nothing that happens outside starts it")
                return
            self.outcome.runs += 1
            self._run()
            barren = 0 if self._count() > before else barren + 1
            done = not self._open(process_id) and not self._unsolved()
            if (
                barren >= (PATIENT_RUNS if self._unsolved() else BARREN_RUNS)
                or done
                or time.process_time() > self.deadline
            ):
                return

    def _count(self) -> int:
        return sum(len(found) for found in self.entered.values())

    def _open(self, process_id: str) -> set[str]:
        ways = self.ways.get(process_id)
        if ways is None or process_id not in self.own:
            return set()
        return set(self.reachable[process_id]) - self.entered[process_id]

    def _unsolved(self) -> bool:
        """Whether an element has only ever stopped; other values may let it pass."""
        return any(not self.passed[element, "completed"] for element, _ in self.troubles)

    def _fail(self, element: str, reason: str) -> None:
        self.troubles[element, reason[:60]] = ("", reason)

    def _handed_back(self, failed: StepFailed) -> None:
        self.troubles.setdefault((failed.element_id, FAILED_JOB), (FAILED_JOB, failed.reason))

    # One run.

    def _begin(self, process_id: str, start: FlowNode, run: int) -> bool:
        ways, values = self.ways[process_id], self.values[process_id]
        inherited: dict[str, Json] = {}
        for name in self.values if ways.hands_everything_over() else ():
            inherited |= self.values[name].defaults(run)
        self.variables[process_id] = given = inherited | values.defaults(run)
        self._answers_of_stand_ins(process_id, given)
        demands = ways.demands(ways.after(start.id), self._open(process_id))
        for path, value in values.solve(demands, given).items():
            put(given, path, value)
        before = {one.key for one in self.world.active()}
        ended = len(self.world.engine.queries.instances().items)
        if not self._trigger(process_id, start, given):
            return False
        return {one.key for one in self.world.active()} != before or ended < len(
            self.world.engine.queries.instances().items
        )

    def _answers_of_stand_ins(self, process_id: str, given: dict[str, Json]) -> None:
        for node in self.ways[process_id].nodes.values():
            if node.decision is not None:
                wanted = given.get(node.decision.result_variable, "text")
                answer = stand_in.answer_of(node.decision.decision_id.text)
                given[answer] = wanted
                given[stand_in.answer_of(stand_in.DECISION)] = wanted

    def _trigger(self, process_id: str, start: FlowNode, given: dict[str, Json]) -> bool:
        kind, engine = start.event.kind, self.world.engine
        message = start.message or start.event.message
        if message is not None and message.name is not None:
            self.world.publish(self._name(process_id, message.name), "", given)
            return True
        if kind is EventKind.TIMER:
            return self.world.pass_until_next_timer()
        if kind is EventKind.SIGNAL and start.event.signal and start.event.signal.name:
            self.world.broadcast(self._name(process_id, start.event.signal.name), given)
            return True
        if kind is EventKind.CONDITIONAL:
            evaluate = getattr(engine, "evaluate_conditions", None)
            return evaluate is not None and bool(evaluate(given, by=ADMIN) or True)
        engine.start(process_id=process_id, variables=given, by=ADMIN)
        return True

    def _name(self, process_id: str, name: Expression) -> str:
        definition = ReadOnlyBean("variableContainer", {"definitionKey": process_id})
        return str(languages.compile(name).evaluate({}, objects={"variableContainer": definition}))

    def _run(self) -> None:
        self.begun = set()
        for _ in range(MOST_STEPS):
            self._look()
            waits = self.world.waits()
            if not waits or time.process_time() > self.deadline:
                break
            self.outcome.steps += 1
            self._answer(self._next_wait(waits))
        self._close()

    def _look(self) -> None:
        found = self.world.entered()
        for process_id, element in found:
            if process_id in self.entered:
                self.entered[process_id].add(element)

    def _close(self) -> None:
        self._look()
        engine, troubled = self.world.engine, False
        for incident in self.world.incidents():
            troubled = True
            self.troubles.setdefault((incident.element_id, incident.type), (incident.type, incident.message))
        left = self.world.active()
        if left and not troubled and not self.world.waits():
            for instance in left:
                told = engine.queries.instance(instance.key)
                why = "; ".join(one.why for one in told.waiting) or "nothing is known of why"
                at = ", ".join(one.element_id for one in told.waiting or told.active)
                kinds = {one.kind for one in told.waiting}
                self.stuck.append((at, why if kinds != {"join"} else f"join: {why}"))
        if not left:
            self.ends += 1
        self._count_passed()
        self.world.clear()

    def _count_passed(self) -> None:
        with self.world.engine.store.reading() as tx:
            from sqlalchemy import select

            from engine.store.tables import elements

            rows = tx.connection.execute(select(elements.c.element_id, elements.c.state)).all()
        for element, state in rows:
            if state == "completed":
                self.passed[element, state] += 1

    def _bean(self, message: str) -> str:
        """Whether an expression asked for an object of the vendor's Java house."""
        match = re.search(r"Unknown name '(\w+)'", message)
        return "the expression calls a Java bean" if match and match.group(1) in self.beans else ""

    # The verdict.

    def _judged(self) -> Outcome:
        outcome = self.outcome
        for (element, _), (type_, message) in self.troubles.items():
            if not self.passed[element, "completed"]:  # else other values let it pass
                why = self._bean(message) or drawn_so(type_, message, self.flavour)
                self._stopped(element, f"{type_}: {message}" if type_ else message, why)
        if not self.ends:
            for at, why in self.stuck:
                is_drawn = any(self._never_opens(one) for one in at.split(", "))
                drawn = _DEADLOCK if is_drawn else ""
                self._stopped(at, f"stuck: {why}", drawn if why.startswith("join: ") else "")
            if not self.stuck and not self.troubles and outcome.runs:
                endless = all(self.ways[name].is_endless() for name in self.own)
                why = "drawn as a loop that leads to no end" if endless else self._beans_asked()
                self._stopped("", "no run came to an end within its bounds", why)
        for process_id in self.own:
            missed = self._open(process_id)
            outcome.elements += len(self.reachable[process_id])
            outcome.entered += len(self.reachable[process_id]) - len(missed)
            outcome.missed += sorted(missed)
        return outcome

    def _beans_asked(self) -> str:
        """Whether conditional events wait for what only an object of the vendor's Java house can tell."""
        nodes = [node for name in self.own for node in self.ways[name].nodes.values()]
        texts = [one.condition.text for node in nodes for one in node.events if one.condition is not None]
        asks = any(re.search(rf"\b{re.escape(bean)}\.", text) for bean in self.beans for text in texts)
        return "the expression calls a Java bean" if asks else ""

    def _never_opens(self, join: str) -> bool:
        return join in self.deadlocks or any(self.ways[name].waits_for_itself(join) for name in self.own)

    def _stopped(self, element: str, reason: str, why: str) -> None:
        if not why:
            self.outcome.state = FAILED
        self.outcome.note(element, reason, why)


__all__ = ["ENDED", "FAILED", "NOTHING", "REFUSED", "Outcome", "drive"]
