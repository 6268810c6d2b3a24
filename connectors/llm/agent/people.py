"""A person in the place of an agent: where it only suggests, or where no call of a model is allowed."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.base import Approval, Json, Permanent, Refused, Review
from connectors.llm.agent.conversation import Conversation, assistant_message
from connectors.llm.agent.inputs import AgentInputs, Shape
from connectors.llm.agent.limits import FAILED_MODEL_CALL, Exhausted
from connectors.llm.usage import ZERO

INSTEAD = "instead"  # the subject of a review in which a person answers for the agent


@dataclass(frozen=True, slots=True)
class Answered:
    """The agent is done."""

    conversation: Conversation
    response: dict[str, Json]
    interrupted: bool


def may_decide(problem: Refused | Exhausted, inputs: AgentInputs) -> bool:
    """Whether a person decides, now that no call is allowed, or helps."""
    if isinstance(problem, Exhausted):
        is_down = problem.code == FAILED_MODEL_CALL and inputs.is_for_people_when_down
        return inputs.is_for_people_when_exhausted or is_down
    if problem.then == "another":
        return inputs.is_for_people_when_exhausted
    waits = problem.then in ("wait", "next")
    return problem.then == "person" or (waits and inputs.is_for_people_when_stopped)


def review(
    inputs: AgentInputs, conversation: Conversation, proposal: Json, advice: str, subject: str, group: str = ""
) -> Review:
    """The review whose verdict is the agent's answer; with no proposal the person writes it (as an edit)."""
    return Review(
        group=group or inputs.approvers,
        proposal=proposal,
        schema=_schema(inputs.shape),
        faults=(),
        confidence=None,
        cost=ZERO,
        recommendation=advice,
        source={"question": inputs.user, "conversation": conversation.for_vendors(inputs.window)},
        resumes=True,
        subject=subject,
    )


def answered(conversation: Conversation, approval: Approval) -> Answered:
    """The answer of a person. Raises Permanent when they would not give one."""
    if approval.decision == "reject":
        text = f"No model may be asked, and {approval.by} gave no answer instead: {approval.reason}"
        raise Permanent(text, code="NOT_DECIDED")
    response = dict(approval.output)
    said = assistant_message(str(response.get("responseText") or ""), ())
    return Answered(conversation.said(said), response, False)


def _schema(shape: Shape) -> dict[str, Json]:
    name, schema = ("responseJson", shape.schema or {}) if shape.is_json else ("responseText", {"type": "string"})
    return {"type": "object", "properties": {name: dict(schema)}, "required": [name]}
