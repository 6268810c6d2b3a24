"""Two limits that no vendor library sets: how many bytes an answer may have, and how long it may take in all.

An HTTP timeout counts from one received byte to the next, so a server that sends a byte a second never runs into it.

All calls of a process wait in one event loop, however many they are: a thread for each would cost memory, and threads
that wake together fight for the interpreter. Whoever asks is an ordinary thread that sleeps until its answer is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, Thread
from typing import Any, TypeVar

import httpx

MAX_BYTES = 8_000_000  # an answer of at most 1 MB, with the probabilities of its tokens
#: Threads in which litellm prepares calls, and makes those of vendors that it has no asynchronous way to.
_PREPARING = 16
_FEW_CONNECTIONS = 25

T = TypeVar("T")


class AnswerTooLarge(httpx.TransportError):
    """An answer beyond MAX_BYTES."""


class TookTooLong(Exception):
    """The work was not done within its time."""


def within(seconds: float, work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` in the loop of all calls; returns what it returns or raises what it raises.

    Raises TookTooLong after `seconds`; the work is broken off then.
    """

    async def timed() -> T:
        try:
            async with asyncio.timeout(seconds) as limit:
                return await work()
        except TimeoutError:
            if limit.expired():
                raise TookTooLong from None
            raise

    return asyncio.run_coroutine_threadsafe(timed(), _Loop.of_this_process()).result()


class _Loop:
    """The loop of all calls, in a thread that ends with the process."""

    _lock = Lock()
    _loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def of_this_process(cls) -> asyncio.AbstractEventLoop:
        with cls._lock:
            if cls._loop is None:
                cls._loop = asyncio.new_event_loop()
                cls._loop.set_default_executor(ThreadPoolExecutor(_PREPARING, thread_name_prefix="model call"))
                Thread(target=cls._loop.run_forever, name="model calls", daemon=True).start()
            return cls._loop


def bounded_client() -> httpx.AsyncClient:
    """An HTTP client that breaks off an answer larger than MAX_BYTES. It honours the proxies of the environment.

    How many calls are under way is for the worker to limit.
    """
    return _Client()


class _Client(httpx.AsyncClient):
    """Sends through as many clients as are needed, each with few connections.

    One client looks at all of its connections whenever a call begins or ends: a thousand calls at once would feel it.
    They share what is trusted: to read the authorities takes 30 ms and most of a megabyte.
    """

    def __init__(self) -> None:
        self._trusted = httpx.create_ssl_context()
        super().__init__(verify=self._trusted, timeout=60.0)
        self._parts: list[tuple[httpx.AsyncClient, list[httpx.Request]]] = []

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """As a client does; `options` are those of httpx."""
        client, under_way = self._part()
        under_way.append(request)
        try:
            return await client.send(request, **options)
        finally:
            under_way.remove(request)

    async def aclose(self) -> None:
        for client, _ in self._parts:
            await client.aclose()
        await super().aclose()

    def _part(self) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
        for part in self._parts:
            if len(part[1]) < _FEW_CONNECTIONS:
                return part
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_FEW_CONNECTIONS)
        hooks = {"response": [_limit]}
        client = httpx.AsyncClient(verify=self._trusted, event_hooks=hooks, timeout=60.0, limits=limits)
        self._parts.append((client, []))
        return self._parts[-1]


def size_limited(
    headers: dict[str, str] | None = None, timeout: httpx.Timeout | None = None, auth: httpx.Auth | None = None
) -> httpx.AsyncClient:
    """A plain client that breaks off an answer larger than MAX_BYTES."""
    hooks = {"response": [_limit]}
    return httpx.AsyncClient(headers=headers, timeout=timeout or 30.0, auth=auth, event_hooks=hooks)


async def _limit(response: httpx.Response) -> None:
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    response.stream = _Stream(stream, response.request)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._inner = inner
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MAX_BYTES:
                raise AnswerTooLarge(f"the answer is larger than {MAX_BYTES} bytes", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
