"""What the engine refuses, and why. Each class has a stable `code` for programs; each text says what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bpmn.errors import Finding
from connectors import base


class EngineError(Exception):
    """The base of everything the engine refuses on purpose."""

    code = "engine-error"


class NotFound(EngineError):
    """There is nothing of this kind with this key or name."""

    code = "not-found"


class IllegalMove(EngineError):
    """The thing is not in a state that allows this."""

    code = "illegal-move"


class NotAllowed(EngineError):
    """The actor may not do this; the text names who may."""

    code = "not-allowed"


class Separated(NotAllowed):
    """The actor did something in this case that keeps them from doing this, too: somebody else must.

    `conflicts` are what they did: by, did, element_id, name, at (ISO 8601) and task_key.
    """

    code = "duties-separated"

    def __init__(self, message: str, conflicts: Sequence[Mapping[str, str | None]]) -> None:
        super().__init__(message)
        self.conflicts = tuple(conflicts)


class ApprovalSkipped(NotAllowed):
    """The diagram forbids to move a case past this approval, whoever asks; the text names it."""

    code = "approval-skipped"


class Conflict(EngineError):
    """Something else was done at the same time, or before, that excludes this."""

    code = "conflict"


class InvalidInput(EngineError):
    """The input breaks a rule. `fields` maps the place (a path such as `order.items[0].amount`) to what is wrong.

    `within` is the argument that the paths lie in, when they lie in one.
    """

    code = "invalid-input"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None, *, within: str = "") -> None:
        super().__init__(message)
        self.fields = dict(fields or {})
        self.within = within


class KeyReused(InvalidInput):
    """The idempotency key was sent with another request before; it stays that request's for seven days."""

    code = "idempotency-key-reused"


class TooLarge(InvalidInput):
    """The input is larger than what Baton keeps; the text names both sizes."""

    code = "too-large"


class ModelRejected(EngineError):
    """Files that cannot be deployed. `findings` are all remarks, by file name; at least one is an error."""

    code = "model-rejected"

    def __init__(self, message: str, findings: Mapping[str, Sequence[Finding]]) -> None:
        super().__init__(message)
        self.findings = {name: tuple(remarks) for name, remarks in findings.items()}


class StepFailed(EngineError):
    """An element that follows at once from what was asked failed, in a process of Camunda 7: nothing was done.

    `element_id` of `process_id` failed with `reason`; `instance_key` is the instance that stands as before, or 0.
    """

    code = "step-failed"

    def __init__(self, verb: str, element_id: str, process_id: str, reason: str, instance_key: int) -> None:
        super().__init__(
            f"'{element_id}' of process '{process_id}' failed: {reason} Nothing was done. Repair what it says, or give "
            "other variables, and try again."
        )
        self.verb = verb
        self.reason = reason
        self.element_id = element_id
        self.process_id = process_id
        self.instance_key = instance_key


class LeaseLost(EngineError, base.LeaseLost):
    """The job was given to another worker, cancelled or completed meanwhile: stop, and say nothing more."""

    code = "lease-lost"


class StoreUnavailable(EngineError):
    """The database cannot be reached, is locked for too long, or has the wrong schema. Nothing was changed."""

    code = "store-unavailable"


ALL: tuple[type[EngineError], ...] = (
    NotFound,
    IllegalMove,
    NotAllowed,
    Separated,
    ApprovalSkipped,
    Conflict,
    InvalidInput,
    KeyReused,
    TooLarge,
    ModelRejected,
    StepFailed,
    LeaseLost,
    StoreUnavailable,
)
