"""The gates in their order. The first that refuses ends the walk; what all of them said goes into the trail.

These are the gates before a call; what comes after it (schema, grounding, confidence, output policies, tool policies,
probes) is judged by whoever made it. `engine/policies/README.md` shows the whole way.

| gate | asks | when not |
|---|---|---|
| registry | is the agent registered, in scope and in service? | fails; a suspended agent waits |
| switch | is anything of it stopped? | waits; another model may be asked |
| autonomy | how far may the answer go? | never refuses |
| limits | has the task used up what its agent may use? | a person |
| budget | could the call cost more than is left? | a person, or waits for the next period |
| policies | do all policies on inputs let these messages go out? | another model, else a person |

What is no AI (`rules`) is asked for by policies alone.
"""

from __future__ import annotations

from dataclasses import replace

from engine.gates import autonomy, budget, input_policies, limits, registry, switch
from engine.gates.base import Call, Gate, Pass, Refusal
from engine.moves import Moves

RULES = "rules"
GATES: tuple[Gate, ...] = (registry.gate, switch.gate, autonomy.gate, limits.gate, budget.gate, input_policies.gate)


def judge(moves: Moves, call: Call, gates: tuple[Gate, ...] = GATES) -> Pass | Refusal:
    """Walk the gates."""
    passed = Pass()
    for gate in (input_policies.gate,) if call.ai_kind == RULES else gates:
        answer = gate(moves, call, passed)
        if isinstance(answer, Refusal):
            return replace(answer, answers=passed.answers)
        passed = answer
    return passed
