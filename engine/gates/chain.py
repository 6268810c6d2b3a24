"""The gates in their order. The first that refuses ends the walk; what all of them said goes into the trail.

| gate | asks | when not |
|---|---|---|
| registry | is the agent registered, in scope and in service? | fails; a suspended agent waits |
| switch | is anything of it stopped? | waits; another model may be asked |
| limits | has the task used up what its agent may use? | a person |

What is no AI (`rules`) passes without being asked.
"""

from __future__ import annotations

from engine.gates import limits, registry, switch
from engine.gates.base import Call, Gate, Pass, Refusal
from engine.moves import Moves

RULES = "rules"
GATES: tuple[Gate, ...] = (registry.gate, switch.gate, limits.gate)


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
