"""People's work: who may do what with a task, its form, and the moves of its life."""

from engine.user_tasks.forms import Forms, ResolvedForm
from engine.user_tasks.rules import check_may_work, concerns, may_work, whose
from engine.user_tasks.verbs import assign, claim, comment, complete, decide, delegate, resolve, unclaim, update

__all__ = [
    "Forms",
    "ResolvedForm",
    "assign",
    "check_may_work",
    "claim",
    "comment",
    "complete",
    "concerns",
    "decide",
    "delegate",
    "may_work",
    "resolve",
    "unclaim",
    "update",
    "whose",
]
