"""A model on this machine: llama.cpp behind its OpenAI-compatible endpoint on 127.0.0.1, in a process of its own.

Own process, because the native code must not take a worker down, and because several workers can share one server.
`BATON_LOCAL_MODEL_URL` points workers at a server that somebody else runs; without it a worker starts one at the first
job that needs it and ends it with itself. Started as `python -m connectors.llm.local_server --model FILE`, it says its
address as one line of JSON on standard output and ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import urlsplit

from connectors.base import Permanent
from connectors.llm import models
from connectors.llm.call import Call, CallFailed, Message, Reply, Trouble
from connectors.llm.chat import Chat
from connectors.llm.settings import ModelSettings

URL_VARIABLE = "BATON_LOCAL_MODEL_URL"
CONTEXT_TOKENS = 4096  # shared by what is asked at once
START_SECONDS = 120.0
# A small model may write digits without end, and a busy machine makes few tokens a second.
LONGEST_ANSWER = 400  # tokens
CALL_SECONDS = 180.0
_STOP_SECONDS = 5.0


class LocalServerFailed(Exception):
    """The server could not be started; the text says why and what to do."""


@dataclass(frozen=True)
class LocalChat:
    """`local/<name>`: litellm onto the local server, as onto any vendor's. Free, unless a price is set."""

    name: str
    settings: ModelSettings
    kind: str = "local-llm"

    @classmethod
    def of(cls, name: str, settings: ModelSettings) -> Self:
        """The local model of a name. Raises Permanent when its address is not on this machine."""
        address = settings.api_base or os.environ.get(URL_VARIABLE, "")
        if address and not is_loopback(address):
            raise Permanent(
                f"Model 'local/{name}' must answer on this machine, but its address is {address}. "
                "Use a loopback address, or another name for a model elsewhere.",
            )
        return cls(
            name,
            replace(
                settings,
                api_base=_api(address),
                free=settings.price is None or settings.free,
                max_tokens=settings.max_tokens or LONGEST_ANSWER,
                timeout_seconds=settings.timeout_seconds or CALL_SECONDS,
            ),
        )

    def reserve(self, messages: Sequence[Message]) -> Decimal:
        """The most that a call can cost: nothing, unless a price is set."""
        return self._chat(self.settings.api_base).reserve(messages)

    def ask(self, call: Call) -> Reply:
        """Make one call, starting the server when none runs. Raises CallFailed."""
        try:
            address = self.settings.api_base or _api(shared(self.name).url)
        except LocalServerFailed as problem:
            raise CallFailed(Trouble.MODEL, str(problem)) from problem
        return self._chat(address).ask(call)

    def _chat(self, address: str) -> Chat:
        # llama.cpp can do both, which litellm cannot know of a model of its own name.
        structured, logprobs = self.settings.structured is not False, self.settings.logprobs is not False
        settings = replace(self.settings, api_base=address, structured=structured, logprobs=logprobs)
        return Chat(self.settings.model or f"openai/{self.name}", settings, kind=self.kind)


class LocalServer:
    """A running server. `url` is its address without a path, such as http://127.0.0.1:41234."""

    def __init__(
        self, model: Path, *, name: str = "", port: int = 0, threads: int = 1, log: Path | None = None
    ) -> None:
        """Start it and wait until it answers (START_SECONDS at most). Port 0 takes a free one.

        One thread is the default: with more than the machine has to spare, llama.cpp's threads wait for one another
        and it becomes many times slower, not faster. Raises LocalServerFailed.
        """
        given = {"--model": model, "--name": name or model.stem, "--port": port, "--threads": threads}
        arguments = [str(word) for pair in given.items() for word in pair]
        with contextlib.ExitStack() as stack:
            errors: Any = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.llm.local_server", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        try:
            self.url = self._wait_for_address()
        except BaseException:
            self.stop()
            raise

    def is_running(self) -> bool:
        """Whether the process is alive and its health check answers."""
        import httpx

        if self._process.poll() is not None:
            return False
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=5.0, trust_env=False).status_code == 200
        return False

    def stop(self) -> None:
        """End it: gently by closing its input, then by force after a few seconds. Twice does no harm."""
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_for_address(self) -> str:
        lines: Queue[str] = Queue()
        Thread(target=self._read, args=(lines,), name="local model output", daemon=True).start()
        try:
            while line := lines.get(timeout=START_SECONDS):
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    if "url" in said:
                        return str(said["url"])
                    raise LocalServerFailed(f"The local model did not start: {said['error']}")
        except Empty:
            raise LocalServerFailed(f"The local model did not start within {START_SECONDS:g} seconds.") from None
        raise LocalServerFailed(f"The local model's process ended at its start (exit code {self._process.wait()}).")

    def _read(self, lines: Queue[str]) -> None:
        # Read to the end, also after the address: a full pipe would stop the server.
        assert self._process.stdout
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stdout:
                lines.put(line)
        lines.put("")


_servers: dict[str, LocalServer] = {}
_starting = Lock()


def shared(name: str) -> LocalServer:
    """The server of this process for a model, started on first use and again when it died. Raises LocalServerFailed."""
    with _starting:
        server = _servers.get(name)
        if server is None or not server.is_running():
            if server is not None:
                server.stop()
            _servers[name] = server = LocalServer(_weights(name), name=name)
            atexit.register(server.stop)
        return server


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _weights(name: str) -> Path:
    if path := models.path_of(name):
        return path
    raise LocalServerFailed(
        f"The weights of 'local/{name}' are not installed. Run `baton models install {name}`, or put a GGUF file at "
        f"{models.directory() / (name + '.gguf')}."
    )


def _api(address: str) -> str:
    trimmed = address.rstrip("/")
    return trimmed if not trimmed or trimmed.endswith("/v1") else f"{trimmed}/v1"


def _serve(model: Path, name: str, port: int, threads: int) -> Any:
    """Load the model into this process and serve it; the server runs as long as the returned object lives."""
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = str(model)
    settings.model_alias = {name}
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_ctx, settings.n_parallel, settings.kv_unified = CONTEXT_TOKENS, 2, True
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
    settings.cache_ram_mib = 64  # llama.cpp would keep up to 8 GB of old prompts
    settings.warmup, settings.ui, settings.offline = False, False, True
    settings.verbosity = 0
    return xllamacpp.Server(settings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a model until standard input closes."""
    parser = argparse.ArgumentParser(description="Serve a GGUF model on 127.0.0.1, OpenAI-compatible.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", default="local")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        server = _serve(given.model, given.name, given.port, given.threads)
    except ImportError as problem:
        return _failed(f"{problem}. Install Baton with its extra [local].")
    except Exception as problem:  # native code reports any failure as some exception
        return _failed(f"{type(problem).__name__}: {problem}")
    _say({"url": server.listening_address})
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()
    return 0


def _failed(reason: str) -> int:
    _say({"error": reason})
    return 1


def _say(message: dict[str, str]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    sys.exit(main())
