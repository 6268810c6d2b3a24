"""Bodies that dribble in, or never come, must not keep the few threads busy in which requests are worked on.

A body is read whole before its request gets its turn, by a thread that can be left behind. Whoever sends less than a
portion in the time for one gets a 408.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore, Event, Thread
from typing import Any, Protocol

from api.problems import CODES, TITLES, TYPE_PREFIX

PORTION_BYTES = 64 * 1024
PORTION_SECONDS = 20.0
#: Bodies under way at once, those of clients that got their 408 and still hold the line among them.
MOST_BODIES = 256
_IN_MEMORY_BYTES = 1024 * 1024


class Application(Protocol):
    """WSGI (PEP 3333)."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]: ...


class WholeBodies:
    """A WSGI application around another one, of which `at_once` requests run at a time, their bodies all there.

    A body that says it has more than `limit_bytes` is left to the application to refuse; one that does not say its
    length is read up to one byte more.
    """

    def __init__(self, application: Application, *, at_once: int, limit_bytes: int) -> None:
        self._application = application
        self._turns = BoundedSemaphore(at_once)
        self._bodies = BoundedSemaphore(MOST_BODIES)
        self._limit = limit_bytes

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if _is_expected(environ, self._limit):
            if not self._bodies.acquire(blocking=False):
                return _refusal(environ, start_response, 503, "too-busy")
            body = _Body(environ["wsgi.input"], self._limit + 1, self._bodies)
            if not body.has_come(at_least=int(environ.get("CONTENT_LENGTH") or 0)):
                return _refusal(environ, start_response, 408, "too-slow")
            environ["wsgi.input"] = body.content
        with self._turns:
            return self._application(environ, start_response)


class _Body:
    def __init__(self, source: Any, most: int, place: BoundedSemaphore) -> None:
        self.content = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as the request
        self._source, self._most, self._place = source, most, place
        self._moved = Event()
        self._is_whole = False
        Thread(target=self._read, name="baton body", daemon=True).start()

    def has_come(self, at_least: int) -> bool:
        """Wait for it; False when it takes too long, or was broken off before it had as many bytes as it said."""
        while self._moved.wait(PORTION_SECONDS):
            self._moved.clear()
            if self._is_whole:
                size = self.content.tell()
                self.content.seek(0)
                return size >= at_least
        return False

    def _read(self) -> None:
        try:
            while (left := self._most - self.content.tell()) > 0:
                portion = self._source.read(min(PORTION_BYTES, left))
                if not portion:
                    break
                self.content.write(portion)
                self._moved.set()
        finally:
            self._is_whole = True
            self._moved.set()
            self._place.release()


def _is_expected(environ: Mapping[str, Any], limit: int) -> bool:
    length = str(environ.get("CONTENT_LENGTH") or "")
    if length.isdigit():
        return 0 < int(length) <= limit
    return "HTTP_TRANSFER_ENCODING" in environ


def _refusal(environ: Mapping[str, Any], start_response: Any, status: int, code: str) -> Iterable[bytes]:
    title = TITLES[status]
    body = {"type": TYPE_PREFIX + code, "title": title, "status": status, "detail": CODES[code], "code": code}
    headers = [("Content-Type", "application/problem+json"), ("Connection", "close"), ("Retry-After", "5")]
    start_response(f"{status} {title}", headers)
    return [json.dumps({**body, "instance": str(environ.get("PATH_INFO", ""))[:200]}).encode()]
