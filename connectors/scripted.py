"""Models that say what a test told them to: in this process, or behind a real OpenAI-style endpoint on loopback.

The endpoint speaks HTTP, so that everything between Baton and a vendor (litellm, the vendor's client, timeouts, error
classes) is the real thing in tests. Neither is for production, and nothing here is a model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self

from connectors.llm.call import Call, CallFailed, Message, Reply, Token, Trouble, Wish
from connectors.llm.usage import ZERO, Price, most_tokens


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One reply. `status` other than 200 is an error reply; `retry_after` its header, in seconds.

    `calls` are tools it calls: name, arguments (an object, or a text as it is), perhaps an id; `tool` is one by name.
    `stall` waits until the server stops (a test's timeout ends it); `drip` sends bytes for ever; `hang_up` breaks the
    connection off. `logprob` is that of every token; None sends none.
    """

    text: str = ""
    status: int = 200
    finish: str = "stop"
    refusal: str = ""
    tool: str = ""
    calls: tuple[Mapping[str, Any], ...] = ()
    logprob: float | None = None
    retry_after: float | None = None
    message: str = "scripted failure"
    stall: bool = False
    drip: bool = False
    hang_up: bool = False
    tokens_in: int = 100
    tokens_out: int = 20

    @classmethod
    def of(cls, said: Any) -> Behaviour:
        """A behaviour as configuration has it: a text, a status number, or an object of the fields above."""
        if isinstance(said, Behaviour):
            return said
        if isinstance(said, str):
            return cls(said)
        if isinstance(said, int):
            return cls(status=said)
        return cls(**said)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """The tools it calls."""
        called = [*self.calls, *([{"name": self.tool}] if self.tool else [])]
        return tuple(_wish(at, one) for at, one in enumerate(called, 1))


def _wish(at: int, called: Mapping[str, Any]) -> Wish:
    given = called.get("arguments", {})
    arguments = given if isinstance(given, str) else json.dumps(given)
    return Wish(str(called.get("id", f"call_{at}")), str(called["name"]), arguments)


class Script:
    """Behaviours in order; the last one is repeated for ever. Safe to use from threads."""

    def __init__(self, replies: Sequence[Any]) -> None:
        self._replies = [Behaviour.of(reply) for reply in replies]
        self._next = 0
        self._lock = Lock()

    def next(self) -> Behaviour:
        """What to do this time."""
        with self._lock:
            reply = self._replies[min(self._next, len(self._replies) - 1)]
            self._next += 1
            return reply


class ScriptedModel:
    """A provider that plays a script in this process. `calls` are those it got, oldest first."""

    kind = "scripted"

    def __init__(self, name: str, script: Sequence[Any], price: Price | None = None, max_tokens: int = 1024) -> None:
        self.name = name
        self.calls: list[Call] = []
        self._script = Script(script)
        self._price = price or Price(ZERO, ZERO)
        self._max_tokens = max_tokens

    def reserve(self, messages: Sequence[Message]) -> Decimal:
        """The most that a call can cost by the configured price; nothing without one."""
        return self._price.cost(most_tokens(messages), self._max_tokens)

    def ask(self, call: Call) -> Reply:
        """Play the next behaviour. Raises CallFailed as the real thing would for its status."""
        self.calls.append(call)
        reply = self._script.next()
        if reply.status != 200 or reply.stall or reply.drip or reply.hang_up:
            trouble = Trouble.MODEL if reply.status in (400, 401, 403, 404, 422) else Trouble.TRANSPORT
            raise CallFailed(trouble, f"{reply.status}: {reply.message}", after_seconds=reply.retry_after)
        logprob = reply.logprob
        return Reply(
            text=reply.text,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cost=self._price.cost(reply.tokens_in, reply.tokens_out),
            finish="tool_calls" if reply.wishes else reply.finish,
            refusal=reply.refusal,
            wishes=reply.wishes,
            tokens=() if logprob is None else tuple(Token(char.encode(), logprob) for char in reply.text),
            model=self.name,
        )


@dataclass
class ScriptedServer:
    """The endpoint. `scripts` maps the model name of a request to its behaviours; `requests` are those it got.

    Used as a context manager; `url` ends in /v1, as an `api_base` does.
    """

    scripts: Mapping[str, Sequence[Any]]
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.stopping = Event()
        self._scripts = {name: Script(replies) for name, replies in self.scripts.items()}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        Thread(target=self._server.serve_forever, args=(0.05,), name="scripted server", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        """Write a request down and say how to treat it."""
        self.requests.append(request)
        script = self._scripts.get(str(request.get("model")))
        return script.next() if script else Behaviour(status=404, message=f"no model {request.get('model')!r}")


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"scripted": server})


class _Handler(BaseHTTPRequestHandler):
    scripted: ScriptedServer

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the client died while it asked
            self.close_connection = True
            return
        request = json.loads(body)
        behaviour = self.scripted.behaviour(request)
        try:
            self._play(behaviour, request)
        except OSError:  # the client gave up, which is what some behaviours are for
            self.close_connection = True

    def _play(self, behaviour: Behaviour, request: dict[str, Any]) -> None:
        if behaviour.stall:
            self.scripted.stopping.wait()
        elif behaviour.drip:
            self._drip()
        elif behaviour.hang_up:
            self._head(200, 1_000)
            self.wfile.write(b'{"id": "')
            self.close_connection = True
        elif behaviour.status != 200:
            self._send(behaviour.status, _error(behaviour), behaviour.retry_after)
        else:
            self._send(200, _completion(behaviour, request))

    def _drip(self) -> None:
        self._head(200, None)
        while not self.scripted.stopping.is_set():
            self.wfile.write(b" " * 65_536)

    def _send(self, status: int, body: dict[str, Any], retry_after: float | None = None) -> None:
        data = json.dumps(body).encode()
        self._head(status, len(data), retry_after)
        self.wfile.write(data)

    def _head(self, status: int, length: int | None, retry_after: float | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if length is not None:
            self.send_header("content-length", str(length))
        if retry_after is not None:
            self.send_header("retry-after", f"{retry_after:g}")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the default writes every request to standard error."""


def _error(behaviour: Behaviour) -> dict[str, Any]:
    return {"error": {"message": behaviour.message, "type": "scripted", "code": str(behaviour.status)}}


def _completion(behaviour: Behaviour, request: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": behaviour.text or None,
        "refusal": behaviour.refusal or None,
    }
    if behaviour.wishes:
        message["tool_calls"] = [
            {"id": wish.id, "type": "function", "function": {"name": wish.name, "arguments": wish.arguments}}
            for wish in behaviour.wishes
        ]
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": behaviour.finish}
    if behaviour.wishes:
        choice["finish_reason"] = "tool_calls"
    if behaviour.logprob is not None and request.get("logprobs"):
        pieces = [behaviour.text[at : at + 4] for at in range(0, len(behaviour.text), 4)]
        content = [
            {"token": piece, "logprob": behaviour.logprob, "bytes": list(piece.encode()), "top_logprobs": []}
            for piece in pieces
        ]
        choice["logprobs"] = {"content": content}
    tokens_in, tokens_out = behaviour.tokens_in, behaviour.tokens_out
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": request.get("model"),
        "choices": [choice],
        "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out},
    }
