"""Policies: rules around every call of a model, tool and connector, which answer Allow, Change, Ask or Deny.

A policy is code of the house or a table of its analysts. It hears of a case through `Facts`; no prompt reaches it.
"""

from engine.policies.base import (
    Allow,
    Ask,
    Change,
    Deny,
    Facts,
    InputPolicy,
    JobPolicy,
    Message,
    Outcome,
    OutcomePolicy,
    OutputPolicy,
    Point,
    Policy,
    ToolPolicy,
    Verdict,
)
from engine.policies.chain import FAILED, MOST_SECONDS, Policies, Ruling, digest

__all__ = [
    "FAILED",
    "MOST_SECONDS",
    "Allow",
    "Ask",
    "Change",
    "Deny",
    "Facts",
    "InputPolicy",
    "JobPolicy",
    "Message",
    "Outcome",
    "OutcomePolicy",
    "OutputPolicy",
    "Point",
    "Policies",
    "Policy",
    "Ruling",
    "ToolPolicy",
    "Verdict",
    "digest",
]
