"""Call activities: another process runs as an instance of its own (zeebe-extensions §4, camunda7-extensions §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode
from engine.runtime.bindings import CompiledBinding
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.base import WORK
from engine.runtime.elements.variables import keep
from engine.runtime.formulas import Formula, formula
from engine.runtime.mappings import Mappings
from engine.runtime.problem import EXTRACT_VALUE, Problem
from engine.step import CallWait

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
LONGEST_BUSINESS_ID = 256  # characters; Camunda 8 (BusinessIdValidator)
RESULT = "result"  # in the memo: what the child left, until it has been taken in


class CallActivity(Activity):
    """bpmn:callActivity."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        assert node.called is not None
        self._called = node.called
        self._process_id = Formula(self._called.process_id)
        self._binding = CompiledBinding(self._called.binding)
        self._business_key = formula(self._called.business_key)
        self._id_variable = formula(self._called.id_variable)
        self._in = Mappings(self._called.inputs)
        self._out = Mappings(self._called.outputs)

    def work(self, token: Token) -> bool:
        """Ask for the child, whose start is part of the same transaction; or take in what it left (Camunda 7)."""
        if RESULT in token.memo:
            self._take_back(token, token.memo[RESULT])
            del token.memo[RESULT]
            return True
        token.workflow.wait(
            token,
            CallWait(
                element_key=token.id,
                element_id=self.id,
                process_id=self._process_id.text(token),
                binding=self._binding.evaluate(token),
                variables=self._handed_over(token),
                business_key=self._evaluate_business_key(token),
            ),
        )
        return False

    def _evaluate_business_key(self, token: Token) -> str | None:
        if self._business_key is None:
            return None
        found = self._business_key.optional_text(token, numbers=not self.definition.is_camunda8)
        if self.definition.is_camunda8 and found is not None and len(found) > LONGEST_BUSINESS_ID:
            raise Problem(
                EXTRACT_VALUE,
                f"A business id has {LONGEST_BUSINESS_ID} characters at most, not {len(found)}. "
                "Correct the variables that it is made of, then resolve the incident.",
            )
        return found

    def call_again(self, token: Token) -> None:
        """What was called could not be started: name it anew, its id may depend on what was repaired."""
        token.workflow.close_waits(token)
        token.memo["phase"] = WORK
        token._set_state(TaskState.READY)
        token.run()

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The child has completed with these root variables."""
        if self.definition.is_camunda7:
            # As a part of the work: an out mapping that fails is an incident here, and resolving repeats it.
            token.memo[RESULT] = dict(variables)
            self.call_again(token)
        elif self._called.propagate_all_child_variables or self.output_mappings:
            self.complete_with(token, variables)
        else:
            self.complete_with(token, {})

    def call_started(self, token: Token, child_key: int) -> None:
        """Flowable may keep the key of what was called in a variable."""
        name = self._id_variable.optional_text(token) if self._id_variable is not None else None
        if name:
            token.workflow.scopes.merge(token, {name: str(child_key)})

    def child_threw(self, token: Token, result: Mapping[str, Json]) -> None:
        """Camunda 7 runs the out mappings also for a throw of the child that is caught (camunda7-extensions §2)."""
        if self.definition.is_camunda7:
            self._take_back(token, result)

    def _handed_over(self, token: Token) -> dict[str, Json]:
        scopes = token.workflow.scopes
        handed: dict[str, Json] = {}
        if self._called.propagate_all_parent_variables:
            local_only = self._called.inputs_local_only
            handed.update(scopes.local(token.id) if local_only else scopes.visible(token))
        elif not self.definition.is_camunda7:
            handed.update(scopes.local(token.id))
        handed.update(self._in.inputs(token))
        return handed

    def _take_back(self, token: Token, child: Mapping[str, Json]) -> None:
        scopes = token.workflow.scopes
        values = dict(child) if self._called.propagate_all_child_variables else {}
        values.update(self._out.outputs(token, child))
        if self.node.results_stay:
            keep(token, values)
        elif self._called.outputs_local:
            scopes.set_local(token.id, values)
        else:
            scopes.merge(token, values)
