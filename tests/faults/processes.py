"""Real processes of Baton to be killed: a server and workers over one database, and a model endpoint that counts."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.cli.ports import is_free
from connectors.scripted import Behaviour, ScriptedServer

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
READY_SECONDS = 60.0
COUNTED = "counted"
FAULTY_EVERY = 7  # the model answers nonsense once in so many calls, so that corrections are killed, too


@dataclass
class CountingModel(ScriptedServer):
    """An OpenAI-style endpoint that reads the invoice it is shown, takes its time, and sometimes errs.

    `is_called` is set at every second call, while it waits for its answer: a good moment for a kill.
    """

    scripts: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.is_called = threading.Event()
        self._lock = threading.Lock()

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            count, pause = len(self.requests), self._random.uniform(0, 0.8)
        if count % 2:
            self.is_called.set()
        self.stopping.wait(pause)
        if count % FAULTY_EVERY == 0:
            return Behaviour("I would rather not say.")
        shown = json.dumps(request["messages"])
        number = re.search(r"INV-\d+", shown)
        total = re.search(r"Total: (\d+\.\d\d)", shown)
        assert number is not None
        assert total is not None
        return Behaviour(json.dumps({"invoiceNumber": number[0], "total": float(total[1])}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class House:
    """A folder, a database and a port; starts processes of Baton that know them, and leaves none behind."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://{HOST}:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        self.environ = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "BATON_DATABASE_URL": database_url,
            "BATON_POLL_INTERVAL_SECONDS": "0.2",
            "BATON_LEASE_SECONDS": "2",
            "BATON_AGENTS": "declared",
            **settings,
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *arguments: str) -> Running:
        log = self.folder / f"{name}.log"
        at = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", *arguments],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return Running(process, log, at)

    def start_server(self) -> Running:
        """A server that answers. Waits until the port of a killed one is free."""
        until = time.monotonic() + READY_SECONDS
        while not is_free(HOST, self.port):
            assert time.monotonic() < until, "the port of a killed server is never free again"
            time.sleep(0.05)
        running = self.start("server", "serve", "--port", str(self.port))
        self.wait_until_it_answers(running)
        return running

    def wait_until_it_answers(self, running: Running) -> None:
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            running.must_live(until)
            time.sleep(0.05)

    def start_worker(self, name: str) -> Running:
        """A worker that looks for jobs."""
        running = self.start(name, "worker")
        until = time.monotonic() + READY_SECONDS
        while b"worker started" not in running.said():
            running.must_live(until)
            time.sleep(0.05)
        return running

    def close(self) -> None:
        for process in self.started:
            kill_group(process)


@dataclass
class Running:
    """A process and where its output begins in the log."""

    process: subprocess.Popen[bytes]
    log: Path
    at: int

    def said(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self.at)
            return log.read()

    def must_live(self, until: float) -> None:
        said = self.said().decode(errors="replace")[-3000:]
        assert self.process.poll() is None, f"{self.log.stem} ended by itself:\n{said}"
        assert time.monotonic() < until, f"{self.log.stem} is not ready in time:\n{said}"

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a process and its children, which are of its session; nobody else's."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
