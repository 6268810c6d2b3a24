"""Multi-instance activities: one inner instance per item, side by side or one after the other (BPMN 2.0.2, 13.3.7).

The body is a scope of its own around the inner instances; boundary events sit on it. zeebe-extensions §5 and
camunda7-extensions §2 give the variables.
"""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from bpmn.model import Aggregation, FlowNode, MultiInstance
from engine.runtime.elements.repeating import RepeatingBody
from engine.runtime.formulas import Formula, formula, name_of
from engine.runtime.mappings import Mappings
from engine.runtime.problem import EXTRACT_VALUE, Problem

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
MOST_INSTANCES = 100_000
_ABSENT: Any = object()

# What the memo of a body holds: the number of instances, how many have begun, completed.
TOTAL, BEGUN, DONE = "total", "begun", "done"

_CAMUNDA7_COUNTERS = ("nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances")
# The first is how many were created so far: the others sum up to it (BPMN 2.0.2, table 10.30).
_COUNTERS = (
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
)


class MultiInstanceBody(RepeatingBody):
    """The body. The inner activity has the listeners; the body's own one is for `beforeAll`."""

    start_event, end_event = "beforeall", ""
    is_body = True

    def __init__(self, definition: Definition, node: FlowNode, loop: MultiInstance) -> None:
        super().__init__(definition, node, f"{node.id}#multiInstanceBody")
        self.keeps_results_inside = not definition.is_camunda7
        self._loop = loop
        self._collection = formula(loop.collection)
        self._cardinality = formula(loop.cardinality)
        self._output = formula(loop.output_element)
        self._condition = formula(loop.completion_condition)
        self._aggregations = [_Aggregation(one, loop) for one in loop.aggregations]
        self.keeps_writes_inside = bool(self._aggregations)

    def work(self, token: Token) -> bool:
        """Begin all instances, or the first; with nothing to do the body is done at once."""
        items = self._items(token)
        total = len(items) if items is not None else self._count(token)
        token.memo.update({TOTAL: total, BEGUN: 0, DONE: 0})
        if self._loop.output_collection:
            token.workflow.scopes.set_local(token.id, {self._loop.output_collection: [None] * total})
        for aggregation in self._aggregations:
            aggregation.begin(token, total)
        for _ in range(min(total, 1) if self._loop.sequential else total):
            self._begin(token, items)
        self._show_counters(token)
        return total == 0

    def leave(self, token: Token) -> None:
        """Hand the collected results up; the boundary events go."""
        name = self._loop.output_collection
        if name:
            scopes = token.workflow.scopes
            scopes.merge(token.scope, {name: scopes.local(token.id)[name]})
        for aggregation in self._aggregations:
            aggregation.hand_up(token)
        super().leave(token)

    def on_leaving(self, scope: Token, token: Token) -> None:
        """An inner instance is done: collect its result, and see whether that is enough or the next begins."""
        memo = scope.memo
        self._collect(scope, token)
        enough = self._condition is not None and self._condition.boolean(token, self._counters(scope, memo[DONE] + 1))
        if not enough and self._loop.sequential and memo[BEGUN] < self._total(scope):
            self._begin(scope, self._items(scope))
        memo[DONE] += 1
        self._show_counters(scope)
        if enough:
            memo[BEGUN] = memo[TOTAL]
            for other in scope.children:
                if other is not token:
                    other.cancel()

    def _items(self, token: Token) -> list[Json] | None:
        if self._collection is None:
            return None
        # The list of results hides a variable of its own name, which may be the very one that is gone through.
        hidden = self._loop.output_collection in self._collection.compiled.names
        return self._gone_through(token, self._collection, token.scope if hidden else token)

    def _gone_through(self, body: Token, collection: Formula, place: Token) -> list[Json]:
        """The list, evaluated once per step while the variables that it reads stay: one after the other costs no n²."""
        process = body.workflow
        seen = process.scopes.visible(place)
        read = [seen.get(name, _ABSENT) for name in collection.compiled.names]
        known = process.gone_through.get(body.id)
        if known is not None and len(known[0]) == len(read) and all(map(is_, known[0], read)):
            return known[1]
        items = collection.items(place)
        # What is no variable may change unseen (JUEL's objects), and so may a list of results that this step made.
        if not any(value is _ABSENT or any(value is one for one in process.fresh.values()) for value in read):
            process.gone_through[body.id] = read, items
        return items

    def _total(self, body: Token) -> int:
        """How many there are to be. Camunda 7 asks its counter each time, which people may set meanwhile."""
        if self.definition.is_camunda7:
            shown = body.workflow.scopes.local(body.id).get(_CAMUNDA7_COUNTERS[0])
            if isinstance(shown, int) and not isinstance(shown, bool):
                body.memo[TOTAL] = shown
        return int(body.memo[TOTAL])

    def _count(self, token: Token) -> int:
        count = self._cardinality.integer(token) if self._cardinality else 0
        if not 0 <= count <= MOST_INSTANCES:
            raise Problem(EXTRACT_VALUE, f"A multi-instance can have 0 to {MOST_INSTANCES} instances, not {count}.")
        return count

    def _begin(self, body: Token, items: list[Json] | None) -> None:
        index = body.memo[BEGUN]
        if items is not None and index >= len(items):
            raise Problem(
                EXTRACT_VALUE, f"The input collection has shrunk to {len(items)} items: item {index + 1} is gone."
            )
        body.memo[BEGUN] += 1
        token = body.workflow.spawn(self.inner, body)
        token.memo["index"] = index
        local: dict[str, Json] = {self._loop.counter_variable: index + self._loop.counter_base}
        if items is not None and self._loop.element_variable:
            local[self._loop.element_variable] = items[index]
        if name := name_of(self._output):
            local.setdefault(name, None)
        body.workflow.scopes.set_local(token.id, local)

    def _collect(self, body: Token, inner: Token) -> None:
        """Put the result of an inner instance into its place. A list that this step made is changed as it is."""
        name = self._loop.output_collection
        if name and self._output is not None:
            _put(body, name, inner, self._output.value(inner))
        for aggregation in self._aggregations:
            aggregation.collect(body, inner)

    def _show_counters(self, body: Token) -> None:
        """In Camunda 7 the counters are variables of the body, which everything inside sees."""
        if self.definition.is_camunda7:
            body.workflow.scopes.set_local(body.id, self._counters(body, body.memo[DONE]))

    def _counters(self, body: Token, done: int) -> dict[str, Json]:
        total, begun = body.memo[TOTAL], body.memo[BEGUN]
        if self.definition.is_camunda7:
            return dict(zip(_CAMUNDA7_COUNTERS, (total, begun - done, done), strict=True))
        # The one that is leaving is still among the children.
        active = len(body.children) - 1
        return dict(zip(_COUNTERS, (begun, active, done, begun - active - done), strict=True))


class _Aggregation:
    """One variableAggregation: the list stands in the body until all is done (MultiInstanceActivityBehavior)."""

    def __init__(self, aggregation: Aggregation, loop: MultiInstance) -> None:
        self._target = Formula(aggregation.target)
        self._parts = None if aggregation.parts is None else Mappings(aggregation.parts)
        self._item = formula(aggregation.item)
        self._own = {loop.counter_variable, loop.element_variable}  # given to each instance, not written by it

    def begin(self, body: Token, total: int) -> None:
        """A place for the result of each instance."""
        body.workflow.scopes.set_local(body.id, {self._target.text(body): [None] * total})

    def collect(self, body: Token, inner: Token) -> None:
        """An instance is done."""
        _put(body, self._target.text(body), inner, [self._result(inner)])

    def hand_up(self, body: Token) -> None:
        """The results of those that completed go to the scope around."""
        name, scopes = self._target.text(body), body.workflow.scopes
        results = scopes.local(body.id)[name]
        scopes.merge(body.scope, {name: [one for found in results if found is not None for one in found]})

    def _result(self, inner: Token) -> Json:
        if self._parts is not None:
            return self._parts.inputs(inner)
        if self._item is not None:
            return self._item.value(inner)
        written = inner.workflow.scopes.local(inner.id)
        return {name: value for name, value in written.items() if name not in self._own}


def _put(body: Token, name: str, inner: Token, value: Json) -> None:
    process = body.workflow
    results = process.scopes.local(body.id)[name]
    if process.fresh.get((body.id, name)) is not results:
        results = process.fresh[body.id, name] = list(results)
        process.scopes.set_local(body.id, {name: results})
    results[inner.memo["index"]] = value
