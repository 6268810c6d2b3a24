"""Camunda 7's failedJobRetryTimeCycle for what an element does itself: a failing expression or script is tried again.

Only where a job exists there: asynchronous elements, timers (camunda7-extensions §2). Without a cycle the three tries
follow each other at once and end alike, so the incident comes right away.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bpmn.model import EventKind, FlowNode
from engine.runtime.elements.job_work import retry_plan
from engine.runtime.formulas import Formula
from engine.runtime.problem import Problem
from engine.step import TimerWait

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

# What the memo holds: how many tries failed, and the phase that is to be tried again when the time has come.
TRIES, RETRY = "tries", "retry"


class RetryCycle:
    """When to try a failed phase again."""

    def __init__(self, cycle: Formula) -> None:
        self._cycle = cycle

    def waits(self, token: Token, phase: str, problem: Problem) -> bool:
        """Wait for the next try; False when there is none left, and the failure becomes an incident."""
        failed = token.memo.pop(TRIES, 0) + 1
        try:
            attempts, intervals = retry_plan(self._cycle.text(token), token)
        except Problem:
            return False  # the cycle itself cannot be used: nobody knows when to try again
        if failed >= attempts:
            return False
        token.memo[TRIES] = failed
        token.memo[RETRY] = phase
        pause = intervals[min(failed, len(intervals)) - 1]
        due_at = token.workflow.services.now + timedelta(seconds=pause)
        wait = TimerWait(token.id, token.task_spec.id, due_at, reason=f"try {failed + 1} of {attempts}: {problem}")
        token.workflow.wait(token, wait)
        return True


def retry_cycle(node: FlowNode, *, camunda7: bool) -> RetryCycle | None:
    """The cycle of an element, None where it has no effect."""
    has_job = node.async_before or node.async_after or node.event.kind is EventKind.TIMER
    return RetryCycle(Formula(node.retry_cycle)) if camunda7 and has_job and node.retry_cycle is not None else None


def try_again(token: Token) -> None:
    """The time for the next try has come."""
    token.workflow.close_waits(token)
    token.memo["phase"] = token.memo.pop(RETRY)
    token.workflow.ready(token)
