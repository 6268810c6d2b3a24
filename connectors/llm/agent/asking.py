"""One call of a model for an agent: within the limits, in the books, and of the next model when one fails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.base import Attempt, CallEnd, Json, ModelCall, NewCall, Refused, Request, Retryable, Ruled
from connectors.llm import canary, route
from connectors.llm.agent.brain import Brain
from connectors.llm.agent.conversation import LONGEST_TEXT, Conversation, shortened
from connectors.llm.agent.inputs import AgentInputs
from connectors.llm.agent.judging import judge, withheld
from connectors.llm.agent.limits import FAILED_MODEL_CALL, Exhausted, Used, check
from connectors.llm.agent.toolbox import Toolbox
from connectors.llm.agent.wishes import MOST_AT_ONCE
from connectors.llm.call import Call, CallFailed, Message, Reply, Trouble
from connectors.llm.faults import FaultKind, fault, kinds


@dataclass(frozen=True, slots=True)
class Asking:
    """How an agent asks."""

    request: Request
    inputs: AgentInputs
    brains: Sequence[Brain]
    toolbox: Toolbox

    def ask(self, conversation: Conversation, before: Used) -> None:
        """Ask once; the answer is in the books then.

        Raises Exhausted when a limit is reached or no model can be asked, Retryable to ask the same one again later,
        Refused when a gate does not let any call pass.
        """
        messages = conversation.for_vendors(self.inputs.window)
        barred: dict[str, Refused] = {}
        while True:
            attempts = self.request.journal.attempts()
            brain = self._next(attempts, barred)
            asked = ModelCall(brain.name, self.inputs.agent, brain.residency, route.spent(attempts))
            ruled = self.request.gate.input(asked, canary.planted(messages))
            reserved = brain.provider.reserve([*ruled.value, self._weight()])
            check(before.plus(attempts), self.inputs.limits, reserved)
            try:
                if self._ask(brain, asked, ruled, reserved):
                    return
            except Refused as problem:
                if problem.then not in ("next", "another"):
                    raise
                barred[brain.name] = problem

    def _next(self, attempts: Sequence[Attempt], barred: Mapping[str, Refused]) -> Brain:
        for brain in self.brains:
            if brain.name not in barred and _may_be_asked(brain, attempts):
                return brain
        if barred:
            # What waits for a model that was stopped may still be done by it.
            raise min(barred.values(), key=lambda problem: problem.then != "next")
        said = "; ".join(one.faults[0] for one in attempts if one.state == "failed" and one.faults)
        raise Exhausted(f"No model of the agent can be asked: {said[:1000]}", code=FAILED_MODEL_CALL)

    def _ask(self, brain: Brain, asked: ModelCall, ruled: Ruled, reserved: Decimal) -> bool:
        """Whether there is an answer. Raises Retryable when the same model is to be asked again, later."""
        number = self.request.journal.begin(
            NewCall(
                model=brain.name,
                prompt=list(ruled.value),
                reserved=reserved,
                ai_kind=brain.provider.kind,
                fingerprint=self.inputs.fingerprint(self.toolbox.as_json()),
                agent=self.inputs.agent,
                residency=brain.residency,
                tools=[offer.name for offer in self.toolbox.offers],
                level=self.inputs.level,
                ruled=ruled,
            )
        )
        try:
            reply = brain.provider.ask(self._call(brain, ruled.value))
        except CallFailed as problem:
            self._failed(number, reserved, brain, problem)
            return False
        except Exception as problem:
            self._failed(number, reserved, brain, CallFailed(Trouble.MODEL, type(problem).__name__))
            raise
        kept = _kept(reply)
        has_leaked = canary.has_leaked(ruled.value, [reply.text, kept["refusal"], *kept["toolCalls"]])
        judged = withheld(kept) if has_leaked else judge(kept, self.inputs.shape, self.request.gate, asked)
        self.request.journal.settle(
            number,
            CallEnd(
                answer=shortened(reply.text),
                output=dict(judged.kept),
                faults=[fault(FaultKind.CANARY, canary.LEAKED)] if has_leaked else (),
                checks=judged.checks,
                ruled=judged.ruled,
                cost=reserved if reply.cost is None else reply.cost,
                tokens_in=reply.tokens_in,
                tokens_out=reply.tokens_out,
                origin=reply.origin,
            ),
        )
        return True

    def _failed(self, number: int, reserved: Decimal, brain: Brain, problem: CallFailed) -> None:
        is_on_the_way = problem.trouble is Trouble.TRANSPORT
        kind = FaultKind.UNREACHABLE if is_on_the_way else FaultKind.REJECTED
        cost = reserved if problem.may_be_billed else Decimal(0)
        journal = self.request.journal
        journal.settle(number, CallEnd(answer=None, faults=[fault(kind, str(problem))], cost=cost, failed=True))
        attempts = journal.attempts()
        if is_on_the_way and _may_be_asked(brain, attempts):
            raise Retryable(
                f"Model '{brain.name}' could not be reached: {problem}. It is tried again.",
                after_seconds=route.pause_seconds(attempts, brain.name, problem.after_seconds),
                uses_retry=False,
                code=FAILED_MODEL_CALL,
            )

    def _call(self, brain: Brain, messages: Sequence[Message]) -> Call:
        shape = self.inputs.shape
        schema = shape.schema if shape.is_json and shape.schema else {}
        seconds = brain.seconds or self.request.timeout_seconds
        return Call(messages, schema, None, seconds, brain.secret, tools=self.toolbox.offers)

    def _weight(self) -> Message:
        """What the tools and the schema add to the prompt, as far as tokens go."""
        return {"role": "system", "content": json.dumps([self.toolbox.as_json(), self.inputs.shape.schema])}


def _kept(reply: Reply) -> dict[str, Json]:
    """The answer as the books have it: everything in it is bounded."""
    return {
        # One character more than is taken: that it is too long is found out where answers are judged.
        "text": shortened(reply.text) if len(reply.text) <= LONGEST_TEXT else reply.text[: LONGEST_TEXT + 1],
        "finish": reply.finish,
        "refusal": reply.refusal[:1000],
        "toolCalls": [_wish(wish.id, wish.name, wish.arguments) for wish in reply.wishes[: MOST_AT_ONCE + 1]],
    }


def _wish(id: str, name: str, arguments: str) -> Mapping[str, Json]:
    return {"id": id[:200], "name": name[:300], "arguments": arguments[: LONGEST_TEXT + 1]}


def _may_be_asked(brain: Brain, attempts: Sequence[Attempt]) -> bool:
    # Calls that failed before the last answer are over and done with.
    last = max((one.number for one in attempts if one.state == "answered"), default=0)
    failed = [one for one in attempts if one.number > last and one.model == brain.name and one.state == "failed"]
    told = [kinds(one.faults) for one in failed if FaultKind.STOPPED not in kinds(one.faults)]
    return all(FaultKind.UNREACHABLE in one for one in told) and len(told) < route.CALLS_ON_THE_WAY
