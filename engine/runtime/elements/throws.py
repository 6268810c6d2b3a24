"""Who catches what is thrown: the search outward from where it happened (zeebe-extensions §7, BPMN 2.0.2, 13.5.3).

In each scope the event sub-processes come first, then the border; an exact code goes before a catch-all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bpmn.model import EventKind

if TYPE_CHECKING:
    from engine.runtime.elements.catching import WatchingEvent
    from engine.runtime.tokens import Token

Json = Any


@dataclass(frozen=True, slots=True)
class Throw:
    """An error or escalation on its way outward."""

    kind: EventKind
    code: str
    message: str = ""
    variables: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catch:
    """Who catches it: the event, and the activity or scope that it watches."""

    event: WatchingEvent
    host: Token


def find_catch(token: Token, throw: Throw) -> Catch | None:
    """The nearest event that catches what is thrown at `token`; None when nobody in this instance does."""
    inner: Token | None = None
    host: Token | None = token
    while host is not None:
        for group in _groups(host, inner):
            event = _best(group, throw)
            if event is not None:
                return Catch(event, host)
        inner, host = host, host.parent
    return None


def _groups(host: Token, inner: Token | None) -> Iterator[tuple[WatchingEvent, ...]]:
    """The events of one scope, in the order in which they are asked. Camunda 8 asks all of a scope at once."""
    element = host.task_spec
    starts = _listening(host, inner) if element.event_starts and inner is not None else ()
    if element.definition.is_camunda8:
        yield (*starts, *element.boundaries)
    else:
        yield starts
        yield element.boundaries


def _listening(host: Token, inner: Token) -> tuple[WatchingEvent, ...]:
    """The starts that may still begin here. None catches what is thrown inside its own event sub-process."""
    if host.memo.get("interrupted"):
        return ()
    return tuple(start for start in host.task_spec.event_starts if start.body is not inner.task_spec)


def _best(events: tuple[WatchingEvent, ...], throw: Throw) -> WatchingEvent | None:
    catch_all = None
    for event in events:
        exact = event.catches(throw)
        if exact:
            return event
        if exact is False:
            catch_all = catch_all or event
    return catch_all
