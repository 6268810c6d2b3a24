"""Bodies that dribble in, or never come, must not keep the few threads busy in which requests are worked on.

A body is read whole before its request gets its turn, by a thread that can be left behind. Whoever sends less than a
portion in the time for one gets a 408.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore, Lock, Thread
from typing import IO, Any

from api.answers import Application
from api.problems import CODES, TITLES, TYPE_PREFIX
from api.turns import TURNS, Turns

PORTION_BYTES = 64 * 1024
PORTION_SECONDS = 20.0
#: Bodies under way at once, those of clients that got their 408 and still hold the line among them.
MOST_BODIES = 256
_IN_MEMORY_BYTES = 1024 * 1024


class WholeBodies:
    """A WSGI application around another one, of which `at_once` requests run at a time, their bodies all there.

    A body that says it has more than `limit_bytes` is left to the application to refuse; one that does not say its
    length is read up to one byte more.
    """

    def __init__(self, application: Application, *, at_once: int, limit_bytes: int) -> None:
        self._application = application
        self._turns = Turns(at_once)
        self._readers = _Readers()
        self._bodies = BoundedSemaphore(MOST_BODIES)
        self._limit = limit_bytes

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if _is_expected(environ, self._limit):
            if not self._bodies.acquire(blocking=False):
                return _refusal(environ, start_response, 503, "too-busy")
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = _Body(environ["wsgi.input"], length or self._limit + 1, self._bodies)
            self._readers.read(body)
            if not body.has_come(at_least=length):
                return _refusal(environ, start_response, 408, "too-slow")
            environ["wsgi.input"] = body.content
        environ[TURNS] = self._turns
        with self._turns:
            return self._application(environ, start_response)


class _Body:
    def __init__(self, source: Any, most: int, place: BoundedSemaphore) -> None:
        # It lives as long as the request. A file that might be needed costs ten times as much as plain memory.
        self.content: IO[bytes] = (
            BytesIO() if most <= _IN_MEMORY_BYTES else SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115
        )
        self._source, self._most, self._place = source, most, place
        self._moved = Lock()  # held until there is news; an Event costs five times as much
        self._moved.acquire()
        self._is_whole = False

    def has_come(self, at_least: int) -> bool:
        """Wait for it; False when it takes too long, or was broken off before it had as many bytes as it said."""
        while self._moved.acquire(timeout=PORTION_SECONDS):
            if self._is_whole:
                size = self.content.tell()
                self.content.seek(0)
                return size >= at_least
        return False

    def read(self) -> None:
        """Read it to its end, or as far as it may go."""
        left = self._most
        try:
            while left and (portion := self._source.read(min(PORTION_BYTES, left))):
                self.content.write(portion)
                left -= len(portion)
                if left:
                    self._tell()
        finally:
            self._is_whole = True
            self._tell()
            self._place.release()

    def _tell(self) -> None:
        if self._moved.locked():  # else the news before is still to be heard
            self._moved.release()


class _Readers:
    """Threads that read bodies, as many as there were bodies at once. Each is there for the next one."""

    def __init__(self) -> None:
        self._bodies: SimpleQueue[_Body] = SimpleQueue()
        self._idle = 0
        self._lock = Lock()

    def read(self, body: _Body) -> None:
        """Have it read, now."""
        with self._lock:
            is_one_idle = self._idle > 0
            self._idle -= is_one_idle
        self._bodies.put(body)
        if not is_one_idle:
            Thread(target=self._work, name="baton body", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._bodies.get().read()
            with self._lock:
                self._idle += 1


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
