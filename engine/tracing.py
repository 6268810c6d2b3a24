"""The trace that work belongs to, as the W3C's `traceparent`: of the caller, of an instance, of a job.

Context that flows beside the calls, so that no verb has to hand it on. Whoever begins work on a thread says under which
trace (`under`); what is started there remembers it in its row, and who goes on with it, anywhere, works under it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("baton_trace", default="")
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)")
_LONGEST = 200


def current() -> str:
    """What this thread works under; empty for nothing."""
    return _current.get()


@contextmanager
def under(traceparent: str) -> Iterator[None]:
    """Work under a trace; what is no `traceparent` counts as none."""
    token = _current.set(checked(traceparent))
    try:
        yield
    finally:
        _current.reset(token)


def begin(traceparent: str) -> None:
    """From now on this thread works under that trace, or under none: for those who are told of beginning and end."""
    _current.set(checked(traceparent))


def continued(own: str) -> str:
    """The current place in the trace `own`; `own` itself when this thread works under another trace, or none.

    So an instance keeps the trace that it was started under, whoever moves it.
    """
    now = current()
    return now if not own or _trace_of(now) == _trace_of(own) else own


def checked(text: str) -> str:
    """The first four fields of a header's text, when it is as the W3C's Trace Context wants it; otherwise nothing."""
    found = _FORM.match(text) if len(text) <= _LONGEST else None
    if found is None or (text.startswith("00") and found.end() != len(text)):
        return ""
    return found.group()


def _trace_of(traceparent: str) -> str:
    return traceparent[3:35]
