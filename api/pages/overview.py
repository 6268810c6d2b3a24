"""What the landing page tells: how much runs and waits, which processes there are, which tasks are open."""

from __future__ import annotations

from typing import Any

from api import access
from api.rest.sight import whose_tasks
from engine.actors import Actor
from engine.engine import Engine
from engine.queries import Page, TaskFilter
from engine.states import TaskState

SHOWN = 25


def overview(engine: Engine, by: Actor) -> dict[str, Any]:
    """The page's data, as far as the actor's roles let them see it; None stands for what they may not."""
    sees_processes = access.may_call(by, "processes.listing")
    sees_tasks = access.may_call(by, "tasks.listing")
    wanted = TaskFilter(state=TaskState.CREATED, visible_to=whose_tasks(by))
    return {
        "actor": by,
        "counts": engine.queries.counts() if sees_processes else None,
        "processes": engine.queries.processes()[:SHOWN] if sees_processes else None,
        "tasks": engine.queries.tasks(wanted, Page(limit=SHOWN)).items if sees_tasks else None,
    }
