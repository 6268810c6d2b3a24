"""One job of an agent: listen, ask the model, judge what it wants, and say what is to happen next.

Every call of a model is in the books before it is made, and what follows is decided from the books alone: whoever takes
over a dead worker's job walks through the answers that are there and asks only for the one that is missing. So no
answer is bought twice, and a person's approval finds the very call that it was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from connectors.base import Approval, Attempt, Begin, Json, ModelCall, Permanent, Refused, Request, Review
from connectors.llm.agent import judging, outcome, people, turns
from connectors.llm.agent.asking import Asking
from connectors.llm.agent.brain import Brain
from connectors.llm.agent.conversation import Conversation, assistant_message, results_message, text_message
from connectors.llm.agent.gate import REFUSED, House, Judged, pass_gate
from connectors.llm.agent.inputs import AgentInputs
from connectors.llm.agent.limits import Exhausted, Used
from connectors.llm.agent.people import Answered
from connectors.llm.agent.toolbox import Tool, Toolbox
from connectors.llm.agent.wishes import wished
from connectors.llm.route import spent

MOST_FAULTS = 2  # answers in a row in which nothing could be used: a third one ends the agent
_FAILED_TO_PARSE = "FAILED_TO_PARSE_RESPONSE_CONTENT"  # Camunda's word
_POLICY_DENIED = "POLICY_DENIED"
_CONTENT_FILTERED = "MODEL_RESPONSE_CONTENT_FILTERED"  # Camunda's word


@dataclass(frozen=True, slots=True)
class Run:
    """A tool that is to run: which, with what."""

    tool: Tool
    begin: Begin


@dataclass(frozen=True, slots=True)
class Wait:
    """Results are missing: nothing to do yet."""


@dataclass(frozen=True, slots=True)
class UseTools:
    """Tools are to run; `conversation` is the one up to here."""

    conversation: Conversation
    runs: tuple[Run, ...]
    interrupted: bool


@dataclass(frozen=True, slots=True)
class AgentWork:
    """A job at work. `nobody`: why no model may be asked, where that is so for this case."""

    request: Request
    inputs: AgentInputs
    brains: Sequence[Brain]
    toolbox: Toolbox
    nobody: str = ""

    def go_on(self, context: Conversation, results: Sequence[Json]) -> Wait | UseTools | Answered | Review:
        """From the conversation so far to what is to happen next.

        Raises Permanent, Retryable, Busy, LeaseLost; Refused when a gate lets no call pass and nobody is to decide.
        """
        if (decided := self._approvals().get(people.INSTEAD)) is not None:
            return people.answered(context, decided)
        try:
            return self._go_on(context, results)
        except (Refused, Exhausted) as problem:
            if not people.may_decide(problem, self.inputs):
                raise
            return people.review(self.inputs, context, None, str(problem), people.INSTEAD, _group(problem))

    def _go_on(self, context: Conversation, results: Sequence[Json]) -> Wait | UseTools | Answered | Review:
        turn = turns.begin(context, self.inputs, results, self.toolbox)
        if turn is None:
            return Wait()
        conversation, faults = turn.conversation, 0
        for number in count():
            answered, is_new = self._answer(number, conversation, context.used)
            step = self._take(answered, conversation, is_new)
            if isinstance(step, Review):
                return step
            used = context.used.plus(self.request.journal.attempts()).with_tools(len(step.runs))
            conversation = replace(step.conversation, used=used)
            if step.response is not None:
                return Answered(conversation, step.response, turn.interrupted)
            if step.runs:
                return UseTools(conversation, step.runs, turn.interrupted)
            faults += step.is_fault
            if faults > MOST_FAULTS:
                raise Exhausted(
                    f"The agent's model gave no answer that can be used. Last: {step.fault}", code=step.code
                )
        raise AssertionError("counting does not end")

    def _answer(self, number: int, conversation: Conversation, before: Used) -> tuple[Attempt, bool]:
        """The answer of that number in this job, from the books or from a model; and whether it is the last there is.

        Whatever became of the calls of an earlier one was written down before the next was asked for.
        """
        answered = _answered(self.request.journal.attempts())
        if len(answered) <= number:
            if not self.brains:
                why = self.nobody or "Its data may not go where the agent's models are."
                raise Refused(f"No model may be asked about this case. {why}", gate="routing", then="person")
            Asking(self.request, self.inputs, self.brains, self.toolbox).ask(conversation, before)
            answered = _answered(self.request.journal.attempts())
        return answered[number], number == len(answered) - 1

    def _take(self, attempt: Attempt, conversation: Conversation, is_new: bool) -> _Step | Review:
        said = attempt.output or {}
        if said.get("refusal") or said.get("finish") == "content_filter":
            reason = said.get("refusal") or "its content was filtered"
            raise Permanent(f"The model refused to answer: {str(reason)[:500]}", code=_CONTENT_FILTERED)
        calls = wished(said.get("toolCalls") or (), self.toolbox, conversation, self.inputs.limits)
        only_suggests = attempt.level in ("shadow", "suggest")
        if calls:
            residency = next((one.residency for one in self.brains if one.name == attempt.model), "")
            asked = ModelCall(attempt.model, self.inputs.agent, residency, spent(self.request.journal.attempts()))
            house = House(self.request.gate, self.inputs.approvers, only_suggests, asked)
            judged = pass_gate(house, calls, self._approvals())
            if is_new:
                self.request.gate.note([one.note for one in judged])
            return self._take_calls(str(said.get("text") or ""), judged, conversation)
        words = judging.read(said, self.inputs.shape)
        if not words.faults and (why := _why_a_person(attempt)) is not None:
            return self._suggest(attempt, words, conversation, why)
        code = _POLICY_DENIED if judging.is_denied(said) else _FAILED_TO_PARSE
        return self._take_words(words, conversation, code)

    def _suggest(
        self, attempt: Attempt, words: outcome.Words, conversation: Conversation, why: tuple[str, str]
    ) -> _Step | Review:
        """A person, of a group if it is named, decides on the last words of an agent."""
        message = assistant_message(words.text, ())
        approval = self._approvals().get(subject := f"answer-{attempt.number}")
        if approval is None:
            proposal = None if attempt.level == "shadow" else words.as_json(self.inputs.shape, message)
            return people.review(self.inputs, conversation, proposal, why[0], subject, why[1])
        if approval.decision != "reject":
            return _Step(conversation.said(message), response=dict(approval.output))
        told = text_message("user", outcome.correction([f"A person did not accept it: {approval.reason}"]))
        return _Step(conversation.said(message, told))

    def _take_words(self, words: outcome.Words, conversation: Conversation, code: str) -> _Step:
        message = assistant_message(words.text, ())
        if not words.faults:
            return _Step(conversation.said(message), response=words.as_json(self.inputs.shape, message))
        told = text_message("user", outcome.correction(words.faults))
        kept = [message] if words.text.strip() else []
        return _Step(conversation.said(*kept, told), is_fault=True, fault=words.faults[0], code=code)

    def _take_calls(self, text: str, judged: Sequence[Judged], conversation: Conversation) -> _Step | Review:
        if waiting := next((one.review for one in judged if one.review), None):
            return waiting
        message = assistant_message(text, [one.wished.call for one in judged])
        refused = [(one.wished.call, one.reason) for one in judged if one.verdict != "allowed"]
        said = conversation.said(message, *([results_message(refused)] if refused else []))
        runs = tuple(_run(one) for one in judged if one.verdict == "allowed")
        # What a policy or a person denies is no fault of the model's: it may go on within its limits.
        is_fault = all(one.verdict == REFUSED for one in judged)
        return _Step(said, runs, None, is_fault, refused[0][1] if refused else "", "TOOL_CALLS_REFUSED")

    def _approvals(self) -> dict[str, Approval]:
        return {one.subject: one for one in self.request.journal.approvals()}


@dataclass(frozen=True, slots=True)
class _Step:
    conversation: Conversation
    runs: tuple[Run, ...] = ()
    response: dict[str, Json] | None = None
    is_fault: bool = False
    fault: str = ""
    code: str = ""


def _why_a_person(attempt: Attempt) -> tuple[str, str] | None:
    """Why a person decides on an answer, and of which group; None when nobody needs to."""
    if asked := judging.asked_for(attempt.output or {}):
        return f"A policy wants you to see this answer: {asked[0]}", asked[1]
    if attempt.level in ("shadow", "suggest"):
        return f"{attempt.agent or 'The agent'} only suggests here, so a person decides.", ""
    return None


def _group(problem: Refused | Exhausted) -> str:
    return problem.group if isinstance(problem, Refused) else ""


def _run(judged: Judged) -> Run:
    tool, call = judged.wished.tool, judged.wished.call
    assert tool is not None
    return Run(tool, Begin(tool.element_id, tool.variables(call.id, judged.arguments, judged.approval)))


def _answered(attempts: Sequence[Attempt]) -> list[Attempt]:
    return [attempt for attempt in attempts if attempt.state == "answered"]
