"""Where results land: the rules by which a payload and output mappings reach the variables, by dialect.

zeebe-extensions §3: with output mappings the payload stays local and only they go up, from the parent scope; without,
the payload is merged upward from the element itself. camunda7-extensions §4 and §7: the payload always goes upward,
output parameters are written to the parent scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.runtime.problem import IO_MAPPING, Problem, Thrown

if TYPE_CHECKING:
    from engine.runtime.mappings import Mappings
    from engine.runtime.tokens import Token

Json = Any


def receive(token: Token, payload: Mapping[str, Json], outputs: Mappings) -> None:
    """Take in what a job, person, message or child gave, before the output mappings run."""
    scopes = token.workflow.scopes
    if outputs and not token.workflow.definition.is_camunda7:
        scopes.set_local(token.id, payload)
    else:
        scopes.merge(token, payload)


def keep(token: Token, values: Mapping[str, Json]) -> None:
    """Write results where Flowable's local ones live: in the sub-process around, or in the one repetition.

    Flowable's execution carries them along its way through that sub-process (useLocalScopeForResultVariable).
    """
    scope = token.scope
    token.workflow.scopes.set_local(token.id if scope.task_spec.is_body else scope.id, values)


def hand_up(token: Token, outputs: Mappings) -> None:
    """Evaluate the output mappings and write them to the scope above (in a multi-instance: to the inner scope)."""
    if not outputs:
        return
    process = token.workflow
    values = outputs.outputs(token)
    scope = token.scope
    if scope.task_spec.keeps_results_inside:
        process.scopes.set_local(token.id, values)
    else:
        process.scopes.merge(scope, values)


def hand_up_at_end(token: Token, outputs: Mappings) -> bool:
    """The same of a visit that was interrupted: whatever it waited for goes. False when it fails, and must stay."""
    process = token.workflow
    process.close_waits(token)
    token._set_state(TaskState.STARTED)
    process.begin_phase()
    try:
        hand_up(token, outputs)
    except Thrown as thrown:
        return _failed(token, Problem(IO_MAPPING, f"An output mapping at the end threw the error '{thrown.code}'."))
    except Problem as problem:
        return _failed(token, problem)
    return True


def _failed(token: Token, problem: Problem) -> bool:
    token.workflow.undo_phase()
    token.workflow.raise_incident(token, problem)
    return False
