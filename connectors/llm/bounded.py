"""Two limits that no vendor library sets: how many bytes an answer may have, and how long it may take in all.

An HTTP timeout counts from one received byte to the next, so a server that sends a byte a second never runs into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import NoReturn, TypeVar

import httpx

MAX_BYTES = 8_000_000  # an answer of at most 1 MB, with the probabilities of its tokens

T = TypeVar("T")


class AnswerTooLarge(httpx.TransportError):
    """An answer beyond MAX_BYTES."""


class TookTooLong(Exception):
    """The work was not done within its time."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Run `work` and return what it returns or raise what it raises. Raises TookTooLong after `seconds`.

    Work that is late goes on in its own thread until its socket closes; its outcome is dropped.
    """
    outcome: list[Callable[[], T]] = []

    def run() -> None:
        try:
            value = work()
        except BaseException as problem:  # handed to the waiting thread, whatever it is
            outcome.append(_raiser(problem))
        else:
            outcome.append(lambda: value)

    thread = Thread(target=run, name="model call", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TookTooLong
    return outcome[0]()


def bounded_client() -> httpx.Client:
    """An HTTP client that breaks off an answer larger than MAX_BYTES. It honours the proxies of the environment."""
    return httpx.Client(event_hooks={"response": [_limit]}, timeout=60.0)


def _limit(response: httpx.Response) -> None:
    stream = response.stream
    assert isinstance(stream, httpx.SyncByteStream)
    response.stream = _Stream(stream, response.request)


class _Stream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, request: httpx.Request) -> None:
        self._inner = inner
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            size += len(chunk)
            if size > MAX_BYTES:
                raise AnswerTooLarge(f"the answer is larger than {MAX_BYTES} bytes", request=self._request)
            yield chunk

    def close(self) -> None:
        self._inner.close()


def _raiser(problem: BaseException) -> Callable[[], NoReturn]:
    def throw() -> NoReturn:
        raise problem

    return throw
