"""Who catches what is thrown: the search outward from where it happened (zeebe-extensions §7, BPMN 2.0.2, 13.5.3).

In each scope the event sub-processes come first, then the border; an exact code goes before a catch-all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bpmn.model import EventKind
from engine import events
from engine.step import ThrownUp

if TYPE_CHECKING:
    from engine.runtime.elements.catching import WatchingEvent
    from engine.runtime.tokens import Token

Json = Any


# In the memo of a token that waits for what its callers do about what it threw: kind, code, message, phase.
THROWN = "thrown"
_CAUGHT = {EventKind.ERROR: events.ERROR_CAUGHT, EventKind.ESCALATION: events.ESCALATION_CAUGHT}


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


def caught(token: Token, throw: Throw) -> bool:
    """Whether somebody in this instance catches what is thrown at `token`; if so, it has happened."""
    found = find_catch(token, throw)
    if found is None:
        return False
    _let_catch(found, throw)
    return True


def asked_callers(token: Token, throw: Throw, phase: str) -> bool:
    """Nobody in this instance catches it: if it was called, its callers are asked, and `token` waits for the answer.

    `phase` is what is repeated when an operator resolves an error that nobody catches.
    """
    process = token.workflow
    if not process.is_called:
        return False
    token.memo[THROWN] = [throw.kind.value, throw.code, throw.message, phase]
    up = ThrownUp(throw.kind.value, throw.code, throw.message, dict(throw.variables), process.root.id, token.id)
    process.step.thrown.append(up)
    return True


def thrown_by_child(call: Token, thrown: ThrownUp, result: Mapping[str, Json]) -> None:
    """What a called process threw comes out at its call activity: caught here, asked further up, or nobody's.

    Camunda 7 takes the results of the child back before whoever catches it goes on (camunda7-extensions §2).
    """
    throw = Throw(EventKind(thrown.kind), thrown.code, thrown.message, thrown.variables)
    process = call.workflow
    found = find_catch(call, throw)
    if found is not None:
        call.task_spec.child_threw(call, result)
        _let_catch(found, throw)
    elif process.is_called:
        process.step.thrown.append(thrown)


def _let_catch(found: Catch, throw: Throw) -> None:
    process = found.host.workflow
    process.note(_CAUGHT[throw.kind], found.host, {"code": throw.code, "by": found.event.id})
    found.event.catch(found.host, throw)


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
