"""Camunda 7's save points: where what happened so far is kept, and where work that fails later begins anew.

An asynchronous continuation (asyncBefore, asyncAfter) and a timer are jobs there: the work that one lets begin runs in
a transaction of its own up to the next waits, is taken back as a whole when any of it fails, and is tried again as
failedJobRetryTimeCycle says (camunda7-extensions §2, §7). Without a cycle the three tries follow each other at once and
end alike, so the incident comes right away. It stands at the save point, and resolving it lets the work begin again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bpmn.model import FlowNode, MultiInstance
from engine.commands import TakenBack
from engine.runtime.elements.job_work import retry_plan
from engine.runtime.formulas import Formula
from engine.runtime.problem import FAILED_JOB, Problem
from engine.step import TimerPurpose, TimerWait

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

# What the memo holds: that a token waits to be let on, how many tries failed, and what an incident interrupted: the
# state of the token and the turns left of its timer.
CONTINUES, TRIES, INTERRUPTED = "continues", "tries", "interrupted-wait"


class SavePoints:
    """The save points of one element: whether it has them before and after its work, and when to try again."""

    def __init__(self, node: FlowNode, *, is_camunda7: bool, is_body: bool) -> None:
        # Of a repeated activity, the marker's own attributes are about each instance, the activity's about the body.
        place = node.loop if isinstance(node.loop, MultiInstance) and not is_body else node
        self.before = is_camunda7 and place.async_before
        self.after = is_camunda7 and place.async_after
        self._cycle = Formula(place.retry_cycle) if is_camunda7 and place.retry_cycle is not None else None

    def pause_seconds(self, token: Token, failed: int) -> float | None:
        """How long to wait before the next try after so many; None when there is none left.

        A cycle that cannot be evaluated leaves none either: nobody knows when to try again.
        """
        if self._cycle is None:
            return None
        try:
            attempts, intervals = retry_plan(self._cycle.text(token), token)
        except Problem:
            return None
        return intervals[min(failed, len(intervals)) - 1] if failed < attempts else None


def stop(token: Token, phase: str) -> bool:
    """Keep what happened so far; the token goes on with `phase` in a transaction of its own."""
    token.memo["phase"] = phase
    token.memo[CONTINUES] = True
    now = token.workflow.services.now
    token.workflow.wait(token, TimerWait(token.id, token.task_spec.id, now, purpose=TimerPurpose.CONTINUATION))
    return False


def go_on(token: Token) -> None:
    """Let a token on that stopped."""
    del token.memo[CONTINUES]
    token.workflow.close_waits(token)
    token.workflow.ready(token)


def take_back(token: Token, failed: TakenBack) -> None:
    """What `token` let begin was taken back: wait for the next try, or raise the incident."""
    process, memo = token.workflow, token.memo
    process.close_waits(token)
    memo[TRIES] = memo.get(TRIES, 0) + 1
    pause = token.task_spec.save_points.pause_seconds(token, memo[TRIES])
    if pause is not None:
        reason = f"try {memo[TRIES] + 1}: {failed.reason}"
        _wait(token, pause, failed.repetitions, reason)
        return
    del memo[TRIES]
    memo[INTERRUPTED] = [token._state, failed.repetitions]
    process.raise_incident(token, Problem(FAILED_JOB, failed.reason))


def try_again(token: Token) -> bool:
    """The incident at a save point is resolved: what waited there is due now. False where none was raised there."""
    if INTERRUPTED not in token.memo:
        return False
    state, repetitions = token.memo.pop(INTERRUPTED)
    token.workflow.close_waits(token)
    token._set_state(state)
    _wait(token, 0, repetitions)
    return True


def _wait(token: Token, seconds: float, repetitions: int, reason: str = "") -> None:
    purpose = TimerPurpose.CONTINUATION if CONTINUES in token.memo else TimerPurpose.EVENT
    due_at = token.workflow.services.now + timedelta(seconds=seconds)
    token.workflow.wait(token, TimerWait(token.id, token.task_spec.id, due_at, repetitions, reason, purpose))
