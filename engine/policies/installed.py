"""Policies in Python, of packages that the house has installed: the entry-point group `baton.policies`.

An entry point is a factory: settings -> policy. It is loaded when a policy document names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from engine.policies.base import Json, Policy

GROUP = "baton.policies"


class CannotBeMade(Exception):
    """A policy that a document names cannot be made. Whoever asks for it is denied."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """What is installed here, by name. Looked up once: a package that comes later counts after a restart."""
    return {point.name: point for point in entry_points(group=GROUP)}


def make(name: str, settings: Mapping[str, Json]) -> Policy:
    """The policy of an entry point. Raises CannotBeMade."""
    point = installed().get(name)
    if point is None:
        raise CannotBeMade(f"no entry point '{name}' of the group {GROUP} is installed here")
    try:
        policy: Policy = point.load()(dict(settings))
    except Exception as problem:  # a foreign package may fail in any way
        text = f"the entry point '{name}' ({point.value}) failed with {type(problem).__name__}: {problem}"
        raise CannotBeMade(text) from problem
    return policy
