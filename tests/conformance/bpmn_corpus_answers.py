"""Answers to what a diagram waits for: which wait first, with what result, so that it goes where no run has been."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from bpmn.model import EventKind, Expression, FlowNode, Script, VariableMapping
from engine.errors import EngineError, InvalidInput, LeaseLost, NotFound, StepFailed
from tests.conformance import bpmn_corpus_forms as form_answers
from tests.conformance.bpmn_corpus_values import Path as ValuePath
from tests.conformance.bpmn_corpus_values import Values, of_type, put, read, source_for
from tests.conformance.bpmn_corpus_ways import Ways
from tests.conformance.bpmn_corpus_world import Wait, World

Json = Any
_PATIENCE = {"timer": 2, "message": 1, "signal": 1, "condition": 1}
_PROPERTY = re.compile(r"""(?:prop\(\s*["']|\bresponse\.)(\w+)""")
_UNKNOWN, _NOTHING_NEW, _NO_WAY = 900, 500, 1000


class Answering:
    """The answering half of a drive; the other half fills these."""

    world: World
    ways: dict[str, Ways]
    values: dict[str, Values]
    variables: dict[str, dict[str, Json]]
    begun: set[str]
    _changes = count(1)

    def _open(self, process_id: str) -> set[str]:
        raise NotImplementedError

    def _fail(self, element: str, reason: str) -> None:
        raise NotImplementedError

    def _handed_back(self, failed: StepFailed) -> None:
        raise NotImplementedError

    def _next_wait(self, waits: list[Wait]) -> tuple[Wait, FlowNode | None]:
        """The answer that leads to something new in the fewest elements; else what goes on, time last."""
        options: list[tuple[tuple[int, int, int], int, Wait, FlowNode | None]] = []
        for wait in waits:
            ways = self.ways.get(wait.process_id)
            if ways is None or wait.element_id not in ways.nodes:
                options.append(((_UNKNOWN, 0, 0), len(options), wait, None))
                continue
            open_ = self._open(wait.process_id)
            node = ways.nodes[wait.element_id]
            begin = [node.id] if node.id in open_ else ways.after(node.id)
            distance = len(ways.way(begin, open_)) or _NOTHING_NEW
            patience = _PATIENCE.get(wait.kind, 0) + (2 if node.attached_to else 0)
            options.append(((distance, patience, 0), len(options), wait, None))
            if wait.kind == "job" and getattr(wait.row, "kind", "element") == "element":
                options += [
                    ((1, 3, 0), len(options), wait, catch)
                    for catch in ways.catches(node.id)
                    if catch.id in open_ and catch.event.kind is EventKind.ERROR
                ]
        _, _, wait, catch = min(options, key=lambda option: option[:2])
        return wait, catch

    def _answer(self, choice: tuple[Wait, FlowNode | None]) -> None:
        wait, catch = choice
        try:
            if catch is not None:
                self.world.throw_error(wait, self._code(catch))
            else:
                self._give(wait, self._wishes(wait))
        except (NotFound, LeaseLost, KeyError):
            pass  # gone by what happened meanwhile
        except StepFailed as failed:
            self._handed_back(failed)
            self.world.clear()
        except InvalidInput as error:
            self._fail(wait.element_id, f"{wait.kind}: {error} {error.fields}")
            self.world.clear()
        except EngineError as error:
            self._fail(wait.element_id, f"{wait.kind}: {error}")
            self.world.clear()

    def _give(self, wait: Wait, given: dict[str, Json]) -> None:
        """The answer that this kind of wait is for."""
        match wait.kind:
            case "job":
                is_choice = wait.row.kind == "ad-hoc-sub-process"
                self.world.complete_job(wait, given, self._choice(wait) if is_choice else None)
            case "choice":
                self.world.choose(wait, self._inside(wait))
            case "signal":
                self.world.broadcast(wait.row.name, given)
            case "task":
                form = self.world.engine.queries.task_form(wait.row.key)
                self.world.complete_task(wait, form_answers.answers(form, form.variables or {}, given))
            case "timer":
                self.world.pass_time(wait)
            case "condition":
                self.world.set_variables(wait, self._met(wait))
            case "message":
                self.world.publish(wait.row.name, wait.row.correlation_key or "", given)

    def _met(self, wait: Wait) -> dict[str, Json]:
        """Variables that make the condition true that an event waits for; none when that cannot be found."""
        ways = self.ways.get(wait.process_id)
        event = ways.nodes[wait.element_id].event if ways and wait.element_id in ways.nodes else None
        given: dict[str, Json] = {}
        if event is not None and event.only_changes:
            return {name: f"changed {next(self._changes)}" for name in event.condition_variables}
        if event is not None and event.condition is not None:
            known = self.world.engine.queries.variables(wait.instance_key)
            wanted = [(event.condition, True)]
            for path, value in self.values[wait.process_id].solve(wanted, known).items():
                given.setdefault(path[0], known.get(path[0]))
                put(given, path, value)
        return given

    def _inside(self, wait: Wait) -> list[str]:
        """What to begin in an ad-hoc sub-process: what leads to something new, each once in a run; then none."""
        ways = self.ways.get(wait.process_id)
        if ways is None or wait.element_id not in ways.nodes:
            return []
        offered = [name for name in ways.choices(ways.nodes[wait.element_id]) if name not in self.begun]
        leading = {name: len(ways.way([name], self._open(wait.process_id))) or _NO_WAY for name in offered}
        best = min(offered, key=leading.__getitem__, default="")
        if not best or (self.begun and leading[best] == _NO_WAY):
            return []
        self.begun.add(best)
        return [best]

    def _choice(self, wait: Wait) -> dict[str, Json]:
        """The same as the result of an AI agent's job."""
        chosen = self._inside(wait)
        return {
            "activateElements": [{"elementId": name} for name in chosen],
            "isCompletionConditionFulfilled": not chosen,
        }

    def _code(self, catch: FlowNode) -> str:
        code = catch.event.error.code if catch.event.error else None
        return code.text if code is not None and code.is_literal and code.text else "anyCode"

    def _wishes(self, wait: Wait) -> dict[str, Json]:
        """The variables that make the next splits go where something new is, through the mappings of the element."""
        process_id, instance_key, element = self._asked_by(wait)
        ways = self.ways.get(process_id)
        if ways is None or element not in ways.nodes:
            return {}
        node, values = ways.nodes[element], self.values[process_id]
        known = {**self.variables.get(process_id, {}), **self.world.engine.queries.variables(instance_key)}
        # What a start could not bring, such as a timer's, whoever works for the process must.
        brought = self.world.engine.queries.variables(instance_key)
        given = {name: value for name, value in values.defaults().items() if name not in brought}
        if node.job is not None and node.job.origin == "connector":
            given |= _response(node)
        demands = ways.demands(ways.after(node.id), self._open(process_id))
        return {**given, **_through(_outputs(node), values.solve(demands, known), known)}

    def _asked_by(self, wait: Wait) -> tuple[str, int, str]:
        """Process, instance and element that the answer is for: behind a stand-in, those of its caller."""
        if wait.process_id in self.ways:
            return wait.process_id, wait.instance_key, wait.element_id
        child = self.world.engine.queries.instance(wait.instance_key)
        if child.parent_key is None:
            return wait.process_id, wait.instance_key, wait.element_id
        parent = self.world.engine.queries.instance(child.parent_key)
        calls = self.world.engine.queries.elements(parent.key).items
        element = next((one.element_id for one in calls if one.key == child.parent_element_key), "")
        return parent.process_id, parent.key, element


def _response(node: FlowNode) -> dict[str, Json]:
    """What an HTTP connector's output mappings read: a status, and a body with every property that they name."""
    texts = " ".join(one.source.text for one in _outputs(node) if isinstance(one.source, Expression | Script))
    body = dict.fromkeys(_PROPERTY.findall(texts), "text")
    return {"statusCode": 200, "response": json.dumps(body), "headers": {}}


def _outputs(node: FlowNode) -> list[VariableMapping]:
    """Every mapping that what an element gives goes through."""
    called, job = node.called, node.job
    messages = [node.message, *(event.message for event in node.events)]
    taken = [one for message in messages if message is not None for one in message.takes or ()]
    return [*node.outputs, *(job.outputs if job else ()), *(called.outputs if called else ()), *taken]


def _through(
    outputs: Sequence[VariableMapping], wanted: Mapping[ValuePath, Json], known: Mapping[str, Json]
) -> dict[str, Json]:
    """The result that gives variables the wanted values, behind the mappings of the element."""
    given: dict[str, Json] = {}
    # What the mappings read of the result; nothing else will give it.
    for mapping in outputs:
        wanted_here = of_type(mapping) if mapping.type else _at(known, mapping.target)
        for path, value in source_for(mapping.source, wanted_here).items():
            put(given, path, value)
    for path, value in wanted.items():
        sources = [one.source for one in outputs if tuple(one.target.split("."))[: len(path)] == path[: len(path)]]
        for source in sources:
            for inner, needed in source_for(source, value).items():
                put(given, inner, needed)
        if not sources:
            if isinstance(known.get(path[0]), Mapping):
                given.setdefault(path[0], known[path[0]])
            put(given, path, value)
    return given


def _at(variables: Mapping[str, Json], target: str) -> Any:
    value = read(variables, tuple(target.split(".")))
    return "text" if value is None else value
