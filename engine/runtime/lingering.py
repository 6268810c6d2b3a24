"""What is cancelled but must be heard of first: it stays, without doing anything more, until its listeners are done.

Camunda 8's `canceling` task listeners and the process's `cancel`, Camunda 7's `delete` (zeebe-extensions §9,
camunda7-extensions §6), and after them Camunda 7's output mappings: what is interrupted makes them as what completes
does (ExecutionEntity.destroy), not what an operator ends. What encloses it stays with it, and what was to follow the
end (an interrupting boundary event) follows when it has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

# What the memo of a token holds that has been cancelled and is still there, and of who goes on when it has gone.
LEAVING, FOLLOWERS = "leaving", "followers"
TOLD = "told"  # its listeners have heard of it
BY_OPERATOR = "by-operator"  # the value of LEAVING where no diagram interrupted it


def stays(token: Token) -> bool:
    """Whether a token that is cancelled cannot go yet. Asked only in definitions in which somebody hears of ends."""
    why = BY_OPERATOR if token.workflow.is_operated else token.memo.get(LEAVING, True)
    if token.memo.get(LEAVING) != why:  # an operator may also end what cannot go by itself
        token.memo[LEAVING] = why
        token.task_spec.close_around(token)
        for child in token.children:
            child.cancel()
        if not token.is_alive:
            return True  # the last child took it along
    if token._children:
        token._set_state(TaskState.WAITING)
        return True
    return not _is_done_with(token)


def _is_done_with(token: Token) -> bool:
    memo, element = token.memo, token.task_spec
    if TOLD not in memo:
        if not element.is_told_of_its_end(token):
            return False
        memo[TOLD] = True
    return memo[LEAVING] == BY_OPERATOR or element.hands_up_at_its_end(token)


def follow(host: Token, token: Token) -> bool:
    """Let `token` wait until its cancelled host has gone; False when it has gone already."""
    if not host.is_alive:
        return False
    host.memo.setdefault(FOLLOWERS, []).append(token.id)
    return True


def release(host: Token) -> None:
    """The host has gone: whoever waited for that goes on."""
    process = host.workflow
    for key in host.memo.get(FOLLOWERS, ()):
        if key in process.tasks:
            process.ready(process.tasks[key])
