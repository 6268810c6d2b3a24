"""The gate before tools: policies, and people where a tool cannot be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.base import Approval, Json, ModelCall, ModelGate, Permission, Review, ToolNote, ToolUse
from connectors.llm.agent.toolbox import Tool
from connectors.llm.agent.wishes import Wished
from connectors.llm.answer import faults_of
from connectors.llm.usage import ZERO

ALLOWED, ASKED, DENIED, REFUSED = "allowed", "asked", "denied", "refused"


@dataclass(frozen=True, slots=True)
class Judged:
    """A call of a tool and what became of it; `reason` is what the model is told of a call that does not run."""

    wished: Wished
    verdict: str
    arguments: Mapping[str, Json]
    reason: str = ""
    approval: int | None = None
    review: Review | None = None
    verdicts: tuple[Mapping[str, Json], ...] = ()

    @property
    def use(self) -> ToolUse:
        """As the audit trail has it, with the arguments that are used."""
        return replace(self.wished.use, arguments=self.arguments)

    @property
    def note(self) -> ToolNote:
        """What the audit trail is told of it."""
        return ToolNote(self.use, self.verdict, self.reason, self.approval, self.verdicts)


@dataclass(frozen=True, slots=True)
class House:
    """Whom the gate asks: policies, and people of a group; about every tool where an agent only suggests.

    `asked` is the call of the model that wants the tools.
    """

    gate: ModelGate
    approvers: str
    only_suggests: bool = False
    asked: ModelCall | None = None


def pass_gate(house: House, calls: Sequence[Wished], approvals: Mapping[str, Approval]) -> list[Judged]:
    """Judge the calls of one answer, in order; of those that a person must see, one at a time is asked about."""
    judged: list[Judged] = []
    for one in calls:
        ruled = _judge(house, one, approvals.get(one.call.id))
        judged.append(ruled)
        if ruled.review is not None:
            break
    return judged


def _judge(house: House, one: Wished, approval: Approval | None) -> Judged:
    if one.tool is None or one.fault:
        return Judged(one, REFUSED, one.call.arguments, one.fault)
    permission = house.gate.judge(one.use, house.asked)
    return replace(_permitted(house, one, permission, approval), verdicts=permission.verdicts)


def _permitted(house: House, one: Wished, permission: Permission, approval: Approval | None) -> Judged:
    assert one.tool is not None
    arguments = permission.arguments
    if permission.verdict == "deny":
        return Judged(one, DENIED, arguments, f"This is not allowed: {permission.reason}")
    if faults := faults_of(dict(arguments), one.tool.schema):
        return Judged(one, DENIED, arguments, " ".join(faults))
    if not (why := _why_people(house, one.tool, permission)):
        return Judged(one, ALLOWED, arguments)
    if approval is None:
        group = permission.group or one.tool.approvers or house.approvers
        return Judged(one, ASKED, arguments, why, review=_review(one, arguments, group, why))
    return _as_decided(one, arguments, approval)


def _why_people(house: House, tool: Tool, permission: Permission) -> str:
    if permission.verdict == "ask":
        return permission.reason or "a policy asks for it"
    if tool.is_irreversible:
        return "it cannot be taken back"
    return "the agent only suggests here" if house.only_suggests else ""


def _as_decided(one: Wished, arguments: Mapping[str, Json], approval: Approval) -> Judged:
    if approval.decision == "reject":
        why = f": {approval.reason}" if approval.reason else "."
        return Judged(one, DENIED, arguments, f"A person did not allow this{why}", approval.key)
    given = (approval.output or {}).get("arguments") if isinstance(approval.output, dict) else None
    decided = given if isinstance(given, dict) else arguments
    # What was approved is what runs: not what a policy would make of it by now.
    return Judged(one, ALLOWED, decided, approval.reason, approval.key)


def _review(one: Wished, arguments: Mapping[str, Json], group: str, reason: str) -> Review:
    assert one.tool is not None
    name, schema = {"const": one.tool.name}, dict(one.tool.schema)
    return Review(
        group=group,
        proposal={"tool": one.tool.name, "arguments": dict(arguments)},
        schema={
            "type": "object",
            "properties": {"tool": name, "arguments": schema},
            "required": ["tool", "arguments"],
            "additionalProperties": False,
        },
        faults=(),
        confidence=None,
        cost=ZERO,
        recommendation=f"An agent wants to use '{one.tool.name}', and waits for your word: {reason}.",
        source={"tool": one.tool.name, "description": one.tool.description},
        resumes=True,
        subject=one.call.id,
    )
