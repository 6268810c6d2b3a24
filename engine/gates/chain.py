"""The gates in their order. The first that refuses ends the walk; what all of them said goes into the trail.

| gate | asks | when not |
|---|---|---|
| registry | is the agent registered, in scope and in service? | fails; a suspended agent waits |
| switch | is anything of it stopped? | waits; another model may be asked |
| autonomy | how far may the answer go? | never refuses |
| limits | has the task used up what its agent may use? | a person |
| budget | could the call cost more than is left? | a person, or waits for the next period |

What is no AI (`rules`) passes without being asked.
"""

from __future__ import annotations

from engine.gates import autonomy, budget, limits, registry, switch
from engine.gates.base import Call, Gate, Pass, Refusal
from engine.moves import Moves

RULES = "rules"
GATES: tuple[Gate, ...] = (registry.gate, switch.gate, autonomy.gate, limits.gate, budget.gate)


def judge(moves: Moves, call: Call, gates: tuple[Gate, ...] = GATES) -> Pass | Refusal:
    """Walk the gates."""
    passed = Pass()
    if call.ai_kind == RULES:
        return passed
    for gate in gates:
        answer = gate(moves, call, passed)
        if isinstance(answer, Refusal):
            return Refusal(answer.gate, answer.reason, answer.then, answer.after_seconds, passed.answers)
        passed = answer
    return passed
