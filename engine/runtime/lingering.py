"""What is cancelled but must be heard of first: it stays, without doing anything more, until its listeners are done.

Camunda 8's `canceling` task listeners and the process's `cancel`, Camunda 7's `delete` (zeebe-extensions §9,
camunda7-extensions §6). What encloses it stays with it, and what was to follow the end (an interrupting boundary event)
follows when it has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

# What the memo of a token holds that has been cancelled and is still there, and of who goes on when it has gone.
LEAVING, FOLLOWERS = "leaving", "followers"


def stays(token: Token) -> bool:
    """Whether a token that is cancelled cannot go yet. Asked only in definitions in which somebody hears of ends."""
    if LEAVING not in token.memo:
        token.memo[LEAVING] = True
        token.task_spec.close_around(token)
        for child in token.children:
            child.cancel()
        if not token.is_alive:
            return True  # the last child took it along
    if token._children:
        token._set_state(TaskState.WAITING)
        return True
    return not token.task_spec.is_told_of_its_end(token)


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
