"""One evaluation of a graph of decisions: what is required first, each decision once, and what each of them sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bpmn.dmn.evidence import Evidence
from bpmn.dmn.links import Key, Link
from bpmn.dmn.model import Decision, DecisionService, DecisionTable, InputData
from bpmn.dmn.results import DecisionResult
from bpmn.dmn.table import TableResult
from bpmn.dmn.turn import Turn
from bpmn.errors import EvaluationError
from bpmn.feel.values import Function, Value

if TYPE_CHECKING:
    from bpmn.dmn.definitions import Node

Path = tuple[str, ...]  # the names of imports that lead to a file
Spot = tuple[Path, Key]  # an element, seen along a path: along another one it may be given other inputs
_NO_TABLE = TableResult(None, [])


class Evaluation:
    """The state of one evaluation. `given` are variables, `replaced` the values of elements not to be evaluated."""

    def __init__(
        self,
        nodes: Mapping[Key, Node],
        given: Mapping[str, Value],
        turn: Turn,
        replaced: Mapping[Key, Value] | None = None,
    ) -> None:
        self._nodes = nodes
        self._given = given
        self._turn = turn
        self._replaced = replaced or {}
        self._results: dict[Spot, DecisionResult] = {}
        self._functions: dict[Key, Function | None] = {}
        self.evidence: list[Evidence] = []

    def result(self, key: Key) -> DecisionResult:
        """The outcome of a decision. What it requires is evaluated first, without calls into calls."""
        asked: Spot = ((), key)
        waiting = [asked]
        while waiting:
            current = waiting[-1]
            requires = self._nodes[current[1]].requires
            missing = [spot for link in requires if self._must_evaluate(spot := _spot(current[0], link))]
            if current in self._results or not missing:
                waiting.pop()
                if current not in self._results:
                    self._results[current] = self._evaluate(current)
            else:
                waiting.extend(reversed(missing))
        return self._results[asked]

    def _must_evaluate(self, spot: Spot) -> bool:
        element = self._nodes[spot[1]].element
        return isinstance(element, Decision) and spot not in self._results and not self._is_given(spot)

    def _is_given(self, spot: Spot) -> bool:
        """A caller may give a decision's value in its place (DMN 1.5, 10.4); in Camunda, variables do not."""
        path, key = spot
        if key in self._replaced:
            return True
        node = self._nodes[key]
        return node.follows_the_specification and any(self._has(path, name) for name in node.names)

    def _has(self, path: Path, name: str) -> bool:
        return name in self._given_to(path) or name in self._given

    def _given_to(self, path: Path) -> Mapping[str, Value]:
        """What is given to an imported file: the context that is named like its import."""
        found: Value = self._given
        for name in path:
            found = found.get(name)
            if not isinstance(found, dict):
                return {}
        return found  # type: ignore[no-any-return]

    def _given_value(self, path: Path, name: str) -> Value:
        inner = self._given_to(path)
        return inner[name] if name in inner else self._given.get(name)

    def serve(self, key: Key, inputs: Mapping[str, Value]) -> Value:
        """The value of a decision service for inputs by name."""
        service = self._nodes[key].element
        assert isinstance(service, DecisionService)
        links = self._nodes[key].requires
        count = len(service.input_data) + len(service.input_decisions)
        replaced = {link.key: self._argument(link, inputs) for link in links[:count]}
        inner = Evaluation(self._nodes, {}, self._turn, replaced)
        inner.evidence = self.evidence
        found = {self._nodes[link.key].names[-1]: inner.result(link.key).value for link in links[count:]}
        value = next(iter(found.values())) if len(found) == 1 else found
        conform = self._nodes[key].conform
        return value if conform is None else conform(value)

    def _argument(self, link: Link, inputs: Mapping[str, Value]) -> Value:
        node = self._nodes[link.key]
        value = next((inputs[name] for name in node.names if name in inputs), None)
        return value if node.conform is None else node.conform(value)

    # -- one decision ---------------------------------------------------------------------------------------------

    def _evaluate(self, spot: Spot) -> DecisionResult:
        path, key = spot
        node = self._nodes[key]
        decision = node.element
        assert isinstance(decision, Decision)
        variables = self._variables(node, path)
        if node.table is not None:
            found = node.table.decide(variables, self._turn)
            value, rows = self._fit(node, found.value), found.rows
        else:
            found = _NO_TABLE
            value = self._fit(node, node.evaluate(variables, self._turn) if node.evaluate is not None else None)
            rows = [{node.names[-1]: value}]
        self.evidence.append(Evidence(decision, found, value))
        return DecisionResult(value, rows, self.evidence)

    def _fit(self, node: Node, value: Value) -> Value:
        if node.conform is None or value is None:
            return value
        fitted = node.conform(value)
        if node.follows_the_specification or fitted is not None:
            return fitted if node.follows_the_specification else value
        decision = node.element
        raise EvaluationError(
            f"The value of decision '{decision.id}' is not of its type '{decision.variable.type}'. "
            "Correct the type of its variable, or its outputs."
        )

    def _variables(self, node: Node, path: Path) -> Mapping[str, Value]:
        if not node.requires and not node.knowledge:
            return self._given
        variables = dict(self._given)
        for link in node.requires:
            required = self._nodes[link.key]
            scope = _scope(variables, link.prefix)
            if isinstance(required.element, InputData):
                self._add_input(_spot(path, link), required, scope)
            else:
                scope.update(self._seen(_spot(path, link), required))
        self._add_functions(node.knowledge, variables)
        return variables

    def _add_input(self, spot: Spot, node: Node, scope: dict[str, Value]) -> None:
        (path, key), name = spot, node.names[-1]
        if key in self._replaced:
            scope[name] = self._replaced[key]
        elif node.follows_the_specification:
            value = self._given_value(path, name)
            scope[name] = value if node.conform is None else node.conform(value)

    def _seen(self, spot: Spot, node: Node) -> dict[str, Value]:
        """A required decision's value under each name it goes by."""
        path, key = spot
        if spot in self._results:
            result = self._results[spot]
            outputs = {} if node.follows_the_specification else _outputs(node, result)
            return outputs | dict.fromkeys(node.names, result.value)
        if key in self._replaced:
            return dict.fromkeys(node.names, self._replaced[key])
        value = next(self._given_value(path, name) for name in reversed(node.names) if self._has(path, name))
        return dict.fromkeys(node.names, value if node.conform is None else node.conform(value))

    # -- functions ------------------------------------------------------------------------------------------------

    def _add_functions(self, links: Sequence[Link], variables: dict[str, Value]) -> None:
        for link in links:
            scope = _scope(variables, link.prefix)
            scope.update(dict.fromkeys(self._nodes[link.key].names, self._function(link.key)))

    def _function(self, key: Key) -> Function | None:
        if key not in self._functions:
            node = self._nodes[key]
            if isinstance(node.element, DecisionService):
                self._functions[key] = self._service_function(key)
            elif node.evaluate is not None:
                # The function is known before what it calls is added to its scope, so that functions may call
                # each other and themselves.
                variables: dict[str, Value] = {}
                self._functions[key] = function = node.evaluate(variables, self._turn)
                variables.update(dict.fromkeys(node.names, function))
                self._add_functions(node.knowledge, variables)
            else:
                self._functions[key] = None
        return self._functions[key]

    def _service_function(self, key: Key) -> Function:
        node = self._nodes[key]
        service = node.element
        assert isinstance(service, DecisionService)
        parameters = [self._nodes[link.key] for link in node.requires[: len(node.requires) - len(service.outputs)]]
        names = tuple(parameter.names[-1] for parameter in parameters)

        def call(arguments: Sequence[Value]) -> Value:
            for parameter, value in zip(parameters, arguments, strict=True):
                if value is not None and parameter.conform is not None and parameter.conform(value) is None:
                    self._turn.run.warn(f"{service.id}: the argument for '{parameter.names[-1]}' is not of its type.")
                    return None
            return self.serve(key, dict(zip(names, arguments, strict=True)))

        return Function(names, call)


def _spot(path: Path, link: Link) -> Spot:
    return ((*path, link.prefix) if link.prefix else path, link.key)


def _scope(variables: dict[str, Value], prefix: str) -> dict[str, Value]:
    """Where an element is seen: among the variables, or in the context named like its import."""
    if not prefix:
        return variables
    inner = variables.get(prefix)
    variables[prefix] = copied = dict(inner) if isinstance(inner, dict) else {}
    return copied


def _outputs(node: Node, result: DecisionResult) -> dict[str, Value]:
    """Each output under its own name, as Camunda 7 has it; of collecting tables all values in a list."""
    decision = node.element
    assert isinstance(decision, Decision)
    if not isinstance(decision.logic, DecisionTable) or not result.rows:
        return {}
    if isinstance(result.value, list) and decision.logic.hit_policy in _COLLECTING:
        return {name: [row.get(name) for row in result.rows] for name in result.rows[0]}
    return dict(result.rows[0])


_COLLECTING = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
