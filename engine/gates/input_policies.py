"""What the policies on inputs said about the messages: they were asked before, because they may take their time.

Their answer counts here, after every other gate, and is written down only when the walk comes as far.
"""

from __future__ import annotations

from engine.gates.base import Call, Pass, Refusal
from engine.moves import Moves

NAME = "policies"


def gate(moves: Moves, call: Call, passed: Pass) -> Pass | Refusal:
    """Refuse what a policy denies for this model, or wants a person to do."""
    ruled = call.ruled
    if ruled is None or not ruled.verdicts:
        return passed
    if ruled.verdict == "deny":
        return Refusal(NAME, f"A policy forbids this: {ruled.reason}", "another")
    if ruled.verdict == "ask":
        return Refusal(NAME, f"A policy asks for a person: {ruled.reason}", "person", group=ruled.group)
    return passed.by(NAME, "change" if ruled.is_changed else "allow")
