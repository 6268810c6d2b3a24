"""The seam around every connector call: policies answer Allow, Change, Ask or Deny, and the worker obeys.

A policy sees the request before the call and the outcome after it. None ship here yet; `Policies()` allows everything.
"""

from engine.policies.base import Allow, Ask, Change, Deny, Outcome, Policies, Policy, Ruling, ToolPolicy, Verdict

__all__ = ["Allow", "Ask", "Change", "Deny", "Outcome", "Policies", "Policy", "Ruling", "ToolPolicy", "Verdict"]
