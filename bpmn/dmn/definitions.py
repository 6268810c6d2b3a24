"""A DMN file, compiled: its decisions as a graph of closures, evaluated from what they require upwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn import feel
from bpmn.dmn.compiler import SCALARS, compile_function, compile_logic
from bpmn.dmn.evaluation import Evaluation
from bpmn.dmn.item_types import Conform
from bpmn.dmn.links import Key, Link, Links, Unit, refuse_circles, seen_as
from bpmn.dmn.model import Decision, DecisionService, DecisionTable, Element, File, InputData, KnowledgeModel
from bpmn.dmn.place import Budget, Place
from bpmn.dmn.reader import read_file
from bpmn.dmn.results import DecisionResult
from bpmn.dmn.table import Table
from bpmn.dmn.turn import Evaluate, Turn, allow_deep_calls
from bpmn.errors import EvaluationError, ModelError
from bpmn.feel.values import Value, take_in


@dataclass(frozen=True, slots=True)
class Node:
    """A compiled element. Exactly one of `table` and `evaluate` is set for a decision; a knowledge model's `evaluate`
    makes its function."""

    element: Element
    names: tuple[str, ...]
    requires: tuple[Link, ...] = ()
    knowledge: tuple[Link, ...] = ()
    table: Table | None = None
    evaluate: Evaluate | None = None
    conform: Conform | None = None
    follows_the_specification: bool = False
    place: Place | None = None


class Definitions:
    """The decisions of one DMN file. Immutable; may be shared by threads.

    `decisions` have `id`, `name` and `line`; `id` and `name` are those of the file's <definitions>. `problems` are the
    expressions that cannot be read, when the file was read without `strict`. `indexed` is for tests and measurements:
    without it, decision tables evaluate every cell.
    """

    def __init__(
        self,
        file: File,
        others: Sequence[File] = (),
        *,
        dialect: feel.Dialect | None = None,
        strict: bool = True,
        indexed: bool = True,
    ) -> None:
        self.problems: list[ModelError] = []
        self._gathered = None if strict else self.problems
        self._indexed = indexed
        self._budget = Budget()
        self.file = file
        self.id = file.id
        self.name = file.name
        self.decisions = file.decisions
        self._links = Links(file, others, dialect, self._gathered)
        self.dialect = self._links.main.dialect
        self.types = self._links.main.types
        self._nodes = {key: self._node(element, unit) for key, element, unit in self._links.items()}
        refuse_circles(
            {key: [link.key for link in node.requires] for key, node in self._nodes.items()},
            {key: node.element.line for key, node in self._nodes.items()},
        )
        if file.knowledge or any(other.knowledge for other in others):
            allow_deep_calls()
        by_name = {one.name: one.id for one in reversed(self.decisions)}
        self._ids = by_name | {one.id: one.id for one in self.decisions}

    @property
    def imported(self) -> frozenset[str]:
        """The names under which imported files are known."""
        return frozenset(one.name for one in self.file.imports)

    def compiled(self) -> Iterator[tuple[Element, Place, list[Element]]]:
        """The decisions and knowledge models of the file itself, with their places and what they require."""
        for key, node in self._nodes.items():
            if node.place is not None and key.namespace == self.file.namespace:
                yield node.element, node.place, [self._nodes[link.key].element for link in _links(node)]

    def evaluate(self, id_or_name: str, inputs: Mapping[str, Any], now: datetime | None = None) -> Value:
        """The value of a decision; see `decide`."""
        return self.decide(id_or_name, inputs, now).value

    def decide(self, id_or_name: str, inputs: Mapping[str, Any], now: datetime | None = None) -> DecisionResult:
        """The outcome of a decision for these variables, with the decisions it requires evaluated on the way.

        It may also name a decision service. `now` is the clock of now() and today(). Raises `KeyError` for a decision
        that the file does not have and `EvaluationError` for broken hit policies, failed assertions and passed limits.
        """
        if id_or_name not in self._ids and self._service(id_or_name) is None:
            raise KeyError(f"There is no decision '{id_or_name}' in '{self.name or self.id}'.")
        try:
            if id_or_name in self._ids:
                evaluation = Evaluation(self._nodes, _taken_in(inputs), Turn(now))
                return evaluation.result(Key(self.file.namespace, self._ids[id_or_name]))
            return self._served(id_or_name, inputs, now)
        except RecursionError:
            raise EvaluationError(f"Decision '{id_or_name}' calls itself too often, or is nested too deeply.") from None

    def evaluate_service(
        self, id_or_name: str, inputs: Mapping[str, Any], result_name: str | None = None, now: datetime | None = None
    ) -> Value:
        """The value of a decision service, of several output decisions that of the named one or a context of all.

        Raises as `decide` does.
        """
        service = self._service(id_or_name)
        if service is None:
            raise KeyError(f"There is no decision service '{id_or_name}' in '{self.name or self.id}'.")
        try:
            found = self._served(id_or_name, inputs, now).value
        except RecursionError:
            raise EvaluationError(f"Decision service '{id_or_name}' calls itself too often.") from None
        is_one_of_several = result_name is not None and len(service.outputs) > 1 and isinstance(found, dict)
        return found.get(result_name) if is_one_of_several else found

    def _service(self, id_or_name: str) -> DecisionService | None:
        return next((one for one in self.file.services if id_or_name in (one.id, one.variable.name)), None)

    def _served(self, id_or_name: str, inputs: Mapping[str, Any], now: datetime | None) -> DecisionResult:
        service = self._service(id_or_name)
        assert service is not None
        evaluation = Evaluation(self._nodes, {}, Turn(now))
        value = evaluation.serve(Key(self.file.namespace, service.id), _taken_in(inputs))
        return DecisionResult(value, [{service.variable.name: value}], evaluation.evidence)

    def _node(self, element: Element, unit: Unit) -> Node:
        names = seen_as(element)
        if isinstance(element, InputData):
            conform = unit.types.conform_input(element.variable.type)
            return Node(element, names, conform=conform, follows_the_specification=unit.dialect == "dmn")
        if isinstance(element, DecisionService):
            references = (*element.input_data, *element.input_decisions, *element.outputs)
            conform = unit.types.conform(unit.types.result_of(element.variable.type)) if unit.dialect == "dmn" else None
            return Node(element, names, self._links.resolve(references, unit, element), conform=conform)
        required = (*element.inputs, *element.required) if isinstance(element, Decision) else ()
        requires = self._links.resolve(required, unit, element)
        knowledge = self._links.resolve(element.knowledge, unit, element)
        place = self._place(element, unit, (*requires, *knowledge))
        if isinstance(element, KnowledgeModel):
            return _knowledge_node(element, names, knowledge, place)
        return _decision_node(element, names, requires, knowledge, place)

    def _place(self, owner: Decision | KnowledgeModel, unit: Unit, links: Sequence[Link]) -> Place:
        place = Place(owner.id, unit.dialect, unit.types, unit.names, self._gathered, self._indexed, self._budget)
        place = place.knowing(seen_as(owner))
        for link in links:
            place = place.knowing(seen_as(self._links.element(link.key))).knowing((link.prefix,))
        return place


def _links(node: Node) -> tuple[Link, ...]:
    return (*node.requires, *node.knowledge)


def _taken_in(inputs: Mapping[str, Any]) -> Mapping[str, Value]:
    given = dict(inputs)
    return given if SCALARS.issuperset(map(type, given.values())) else take_in(given)


def _knowledge_node(element: KnowledgeModel, names: tuple[str, ...], knowledge: tuple[Link, ...], place: Place) -> Node:
    type = place.types.result_of(element.variable.type)
    evaluate = compile_function(element.function, type, place) if element.function is not None else None
    return Node(element, names, knowledge=knowledge, evaluate=evaluate, place=place)


def _decision_node(
    element: Decision, names: tuple[str, ...], requires: tuple[Link, ...], knowledge: tuple[Link, ...], place: Place
) -> Node:
    table, evaluate = None, None
    if isinstance(element.logic, DecisionTable):
        table = Table(element.logic, place)
    elif element.logic is not None:
        evaluate = compile_logic(element.logic, place)
    conform = place.types.conform(element.variable.type)
    return Node(element, names, requires, knowledge, table, evaluate, conform, place.follows_the_specification, place)


def read(
    xml: bytes,
    *,
    source: str = "",
    imports: Sequence[bytes] = (),
    dialect: feel.Dialect | None = None,
    strict: bool = True,
) -> Definitions:
    """Read a DMN 1.1 to 1.5 file of at most 16 MB and compile it.

    `source` is the name it was uploaded under, `imports` are the files that its <import> elements mean. `dialect` is
    which FEEL is meant; without it, "dmn" for DMN 1.4 and later files that no Camunda tool wrote, else "camunda".
    Without `strict`, an expression that cannot be read fails when it is evaluated, not now: so others stay usable.
    Raises `ModelError` (line, element, hint) for what is no DMN, for expressions that cannot be read, requirements that
    lead nowhere and everything that is not run here.
    """
    try:
        return Definitions(read_file(xml), [read_file(other) for other in imports], dialect=dialect, strict=strict)
    except RecursionError:
        raise ModelError(
            "The file is nested too deeply to be read.", hint="Move inner expressions into decisions of their own."
        ) from None
