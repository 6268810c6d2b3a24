"""Who may not do a task, by what they did before: for whoever is shown it."""

from __future__ import annotations

from engine.moves import Library
from engine.separation import Doing, Spot, preparers
from engine.store import UnitOfWork, duties
from engine.store.search import find_instance
from engine.store.user_tasks import UserTask


def kept_from(tx: UnitOfWork, library: Library, task: UserTask) -> list[Doing]:
    """What people did that keeps them from a task, oldest first; nothing for one without such duties."""
    instance = find_instance(tx, task.instance_key)
    if instance is None:
        return []
    process = library.process(tx, instance.definition_key).definition.process
    stated = process.duties.get(task.element_id)
    if stated is None or not stated.separates:
        return []
    kept = duties.find(tx, task.key)
    round_key = duties.round_of(tx, instance.key, task.element_key) if kept is None else kept.round_key
    return preparers(tx, Spot(instance.key, instance.root_key, process, task.element_id, round_key))
