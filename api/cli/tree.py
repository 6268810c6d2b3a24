"""A tree of processes that lives and dies as one: children are started, watched, and ended with their parent.

Each child gets the parent's process id and looks every half second whether it is still its child; so nothing is left
behind, however the parent ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

LOOK_SECONDS = 0.5
GRACE_SECONDS = 5.0
#: An orphan need not finish what it does: whatever it held is done again after its lease.
ORPHAN_GRACE_SECONDS = 1.0


def end_with_parent(parent_id: int) -> None:
    """End this process, gently at first, soon after the process `parent_id` is no longer its parent."""

    def watch() -> None:
        while os.getppid() == parent_id:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


@dataclass
class Child:
    """A started process and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class Tree:
    """The children of this process; `environ` is what they all get, `logs` the folder for their output."""

    environ: Mapping[str, str]
    directory: Path
    logs: Path
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, arguments: Sequence[str], more: Mapping[str, str] | None = None) -> Child:
        """Start `baton ARGUMENTS` in `directory`. Its output goes to a log file; it ends with this process.

        `more` is set in its environment beside what all children get.

        It gets a session of its own, so that a Ctrl-C reaches it through `stop` only, and in order.
        """
        log = self.logs / f"{name}.log"
        command = [sys.executable, "-m", "api.cli", *arguments, "--follow-parent", str(os.getpid())]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                env={**self.environ, **(more or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def fallen(self) -> Child | None:
        """A child that has ended by itself."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """End every child, the last started first: gently, then by force."""
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + GRACE_SECONDS
        for child in reversed(self.children):
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, for a message."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
    except OSError:
        return ""


class Stop:
    """Set when somebody asked this process to end, by Ctrl-C, SIGTERM or a closed terminal."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait; True as soon as it is set."""
        return self._event.wait(seconds)

    def set(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self._event.set()


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """A `Stop` that the signals set; the handlers of before are put back at the end."""
    stop = Stop()
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, stop.set) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
