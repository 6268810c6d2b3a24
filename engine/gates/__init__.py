"""The gates that every call of a model passes, in the transaction that writes it down: no call is made without them.

A gate looks at one question. It is a function of a `Call`, and answers with a `Pass` or a `Refusal`; `chain` has their
order. Whoever wants another gate writes one and puts it there.
"""

from engine.gates.base import WAIT_SECONDS, Call, Pass, Refusal
from engine.gates.chain import RULES, judge

__all__ = ["RULES", "WAIT_SECONDS", "Call", "Pass", "Refusal", "judge"]
