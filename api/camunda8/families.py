"""The instances that a list of jobs or tasks belongs to, looked up together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from api.context import engine
from engine.queries import InstanceFilter, Page
from engine.store.instances import Instance

_MOST = 1000


def instances_of(keys: Iterable[int]) -> Mapping[int, Instance]:
    """Every one of these instances by key."""
    listed = sorted(set(keys))
    found: dict[int, Instance] = {}
    for start in range(0, len(listed), _MOST):
        wanted = InstanceFilter(keys=listed[start : start + _MOST])
        found |= {one.key: one for one in engine().queries.instances(wanted, Page(_MOST)).items}
    return found
