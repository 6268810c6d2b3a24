"""Ad-hoc sub-processes: what runs inside is chosen while it runs (BPMN 2.0.2, 13.3.5; zeebe-extensions §10).

The choice comes from a list when it is entered, from a job's worker (an AI agent), or from people. Each chosen element
runs in an inner instance, a scope of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn import ad_hoc
from bpmn.model import FlowNode
from engine.commands import ChooseInside
from engine.errors import IllegalMove, InvalidInput
from engine.runtime.elements.base import Element, NotWaiting, Renaming
from engine.runtime.elements.catching import new_token
from engine.runtime.elements.job_work import JobWork
from engine.runtime.elements.scopes import SubProcess
from engine.runtime.formulas import formula, name_of
from engine.runtime.problem import EXTRACT_VALUE, Problem

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
JOB_KIND = "ad-hoc-sub-process"

# In the memo of the sub-process: that nothing more is chosen, and which elements have been done (outside of Camunda 8).
_ENOUGH, _DONE = "enough", "done"
_CHOSEN = "chosen"  # in the memo of an inner instance: the element that runs in it


class AdHocSubProcess(SubProcess):
    """bpmn:adHocSubProcess. `choices` are the elements that can be begun, by id, set when all are known."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self.choices: Mapping[str, Element] = {}
        self.instance = AdHocInstance(definition, node)
        self._job = JobWork(node.job, node, kind=JOB_KIND) if node.job else None
        self._active = formula(node.active_elements)
        self._condition = formula(node.completion_condition) if node.job is None else None
        self._output = formula(node.ad_hoc_output_element)
        self._described = ad_hoc.described(node) if definition.is_camunda8 else None
        self._one_by_one = node.ordering == "Sequential" and not definition.is_camunda8

    # The visit.

    def enter(self, token: Token) -> None:
        """The description of what can be chosen, an empty list of results, then the input mappings."""
        local: dict[str, Json] = {}
        if self._described is not None:
            local["adHocSubProcessElements"] = self._described
        if self.node.ad_hoc_output_collection:
            local[self.node.ad_hoc_output_collection] = []
        token.workflow.scopes.set_local(token.id, local)
        super().enter(token)

    def work(self, token: Token) -> bool:
        """Ask for the choice, or begin what the list names; with nothing to choose from it is done."""
        if token.memo.pop("empty", False):
            return False
        if self._job is not None:
            self._job.open(token)
            return False
        for element_id in self._named(token):
            self._begin(token, element_id, {})
        return not self.choices

    def leave(self, token: Token) -> None:
        """The results go up; nothing else does but by output mappings."""
        name, scopes = self.node.ad_hoc_output_collection, token.workflow.scopes
        if name and not token.scope.task_spec.keeps_results_inside:
            scopes.merge(token.scope, {name: scopes.local(token.id)[name]})
        super().leave(token)

    # What happens inside.

    def on_leaving(self, scope: Token, token: Token) -> None:
        """Something inside is done: keep its result, and see whether that is enough or ask for the next choice."""
        results = self._collected(scope, token)
        enough = self._is_enough(scope, token, results)
        if self._job is not None and not scope.memo.get(_ENOUGH):
            scope.workflow.close_waits(scope)
            self._job.open(scope)
        if results is not None:
            scope.workflow.scopes.set_local(scope.id, {self.node.ad_hoc_output_collection: results})
        self._note_done(scope, token)
        if enough:
            scope.memo[_ENOUGH] = True
            if self.node.cancel_remaining:
                self._cancel_inside(scope, but=[token.id])

    def on_empty(self, scope: Token) -> None:
        """Nothing runs inside: it is over, or the next choice is waited for."""
        if self._is_over(scope):
            super().on_empty(scope)

    def begin_at(self, scope: Token, element: Element) -> Token:
        """A modification puts a token on an inner element: in an inner instance of its own."""
        inside = new_token(self.instance, scope)
        inside.workflow.announce(inside)
        inside._set_state(TaskState.STARTED)
        inside.memo[_CHOSEN] = element.id
        return scope.workflow.spawn(element, inside)

    # Choices from outside.

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """A worker that has nothing to say about what to begin."""
        self.choose_inside(token, ChooseInside(token.id, variables=variables, by_job=True))

    def choose_inside(self, token: Token, choice: ChooseInside) -> None:
        """Begin elements inside, or say that it is enough. Raises `InvalidInput` and `IllegalMove` as they say."""
        if (self._job is not None) != choice.by_job:
            raise NotWaiting
        elements = () if choice.is_enough else choice.elements
        self._check(token, [element_id for element_id, _ in elements], choice.cancels_remaining)
        if choice.by_job:
            token.workflow.close_waits(token)
        token.workflow.scopes.set_local(token.id, choice.variables)
        if choice.is_enough:
            token.memo[_ENOUGH] = True
        begun = [self._begin(token, element_id, variables).id for element_id, variables in elements]
        if choice.cancels_remaining:
            self._cancel_inside(token, but=begun)
        may_be_over = choice.is_enough or choice.cancels_remaining
        if may_be_over and token.is_alive and not token.is_busy:
            self.on_empty(token)

    def awaited(self, token: Token) -> tuple[FlowNode, ...]:
        """What somebody may choose from now; nothing when something runs, or a job or nobody chooses."""
        if self._job is not None or token.is_busy or not token.opened or token.has_incident:
            return ()
        return ad_hoc.choices(self.node)

    def _named(self, token: Token) -> list[str]:
        if self._active is None:
            return []
        found = self._active.items(token)
        for element_id in found:
            if not isinstance(element_id, str) or element_id not in self.choices:
                raise Problem(
                    EXTRACT_VALUE,
                    f"The active elements of {self.node.label} should be ids of elements in it that nothing leads to "
                    f"({', '.join(self.choices)}), but one is {str(element_id)[:100]!r}.",
                )
        return found

    def _check(self, token: Token, ids: Sequence[str], cancels: bool) -> None:
        for element_id in ids:
            if element_id not in self.choices:
                text = f"'{element_id}' cannot be begun in {self.node.label}. It offers: {', '.join(self.choices)}."
                raise InvalidInput(text, {"elements": "ids of elements that nothing leads to"})
        # An agent may use one tool twice at a time, with other arguments.
        if len(set(ids)) < len(ids) and self._job is None:
            raise InvalidInput("An element is named twice.", {"elements": "each once"})
        if token.memo.get(_ENOUGH):
            raise IllegalMove(f"{self.node.label} has enough and only ends what still runs in it.")
        if self._one_by_one and len(ids) + (0 if cancels else self._running(token)) > 1:
            raise IllegalMove(f"In {self.node.label} one element runs at a time: end what runs first.")

    def _begin(self, token: Token, element_id: str, variables: Mapping[str, Json]) -> Token:
        process = token.workflow
        inside = process.spawn(self.instance, token)
        inside.memo[_CHOSEN] = element_id
        own = name_of(self._output)
        process.scopes.set_local(inside.id, {**({own: None} if own else {}), **variables})
        return inside

    def _collected(self, scope: Token, token: Token) -> list[Json] | None:
        name = self.node.ad_hoc_output_collection
        if not name or self._output is None:
            return None
        before = scope.workflow.scopes.local(scope.id).get(name)
        return [*(before if isinstance(before, list) else ()), self._output.value(token)]

    def _is_enough(self, scope: Token, token: Token, results: list[Json] | None) -> bool:
        if self._condition is None or scope.memo.get(_ENOUGH) or token.task_spec is not self.instance:
            return False
        extra = {} if results is None else {self.node.ad_hoc_output_collection: results}
        return self._condition.boolean(scope, extra)

    def _note_done(self, scope: Token, token: Token) -> None:
        if not self.definition.is_camunda8 and token.task_spec is self.instance:
            done = scope.memo.get(_DONE, [])
            if token.memo[_CHOSEN] not in done:
                scope.memo[_DONE] = [*done, token.memo[_CHOSEN]]

    def _is_over(self, scope: Token) -> bool:
        """Enough; or without a condition nothing runs, outside of Camunda 8 once everything was done."""
        if scope.memo.get(_ENOUGH) or scope.memo.get("interrupted"):
            return True
        if self._job is not None or self._condition is not None:
            return False
        return self.definition.is_camunda8 or set(self.choices) <= set(scope.memo.get(_DONE, ()))

    def _running(self, token: Token) -> int:
        return sum(child.task_spec is self.instance for child in token.children)

    def _cancel_inside(self, token: Token, but: Sequence[int]) -> None:
        for child in token.children:
            if child.task_spec is self.instance and child.id not in but:
                child.cancel()

    def carry_over(self, token: Token, renaming: Renaming) -> None:
        """Take a token of the old element over."""
        super().carry_over(token, renaming)
        if _DONE in token.memo:
            token.memo[_DONE] = [renaming.of(element_id) for element_id in token.memo[_DONE]]


class AdHocInstance(Element):
    """One chosen element, with what follows it: a scope around them (Camunda 8's inner instance)."""

    start_event, end_event = "", ""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        inner = FlowNode(id=f"{node.id}#innerInstance", kind=node.kind, name=node.name, line=node.line, parent=node.id)
        super().__init__(definition, inner)
        self.kind = "adHocSubProcessInnerInstance"
        self.ad_hoc = node.id

    def work(self, token: Token) -> bool:
        """Begin the chosen element."""
        container = self.definition.element(self.ad_hoc)
        assert isinstance(container, AdHocSubProcess)
        token.workflow.spawn(container.choices[token.memo[_CHOSEN]], token)
        return False

    def on_empty(self, scope: Token) -> None:
        """The chosen element and what followed it are done."""
        self.finish(scope)

    def carry_over(self, token: Token, renaming: Renaming) -> None:
        """Take a token of the old element over."""
        super().carry_over(token, renaming)
        token.memo[_CHOSEN] = renaming.of(token.memo[_CHOSEN])
