"""Processes that live and die together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from api.cli.tree import Tree, last_lines, stop_signals

PATIENCE_SECONDS = 20.0


def wait_until(true: object) -> None:
    """Wait for another process; what is measured here is whether it happens, not when."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def is_alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_soon_after_its_parent_however_that_ended(tmp_path: Path, way: signal.Signals) -> None:
    child = "import sys, time; from api.cli.tree import end_with_parent as f; f(int(sys.argv[1])); time.sleep(600)"
    parent = textwrap.dedent(
        f"""
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", {child!r}, str(os.getpid())], start_new_session=True)
        print(child.pid, flush=True)
        time.sleep(600)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    child_id = int(process.stdout.readline())
    assert is_alive(child_id)
    process.send_signal(way)
    process.wait()
    process.stdout.close()
    wait_until(lambda: not is_alive(child_id))


def test_stopping_a_tree_ends_children_that_ignore_the_gentle_way(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("api.cli.tree.GRACE_SECONDS", 0.2)
    tree = Tree(dict(os.environ), tmp_path, tmp_path)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    real = subprocess.Popen

    def start(command, **options):
        return real([sys.executable, "-c", stubborn], **options)

    monkeypatch.setattr("api.cli.tree.subprocess.Popen", start)
    child = tree.start("stubborn", ["anything"])
    wait_until(lambda: "up" in last_lines(child.log))
    assert tree.fallen() is None
    tree.stop()
    assert child.process.returncode == -signal.SIGKILL
    assert tree.fallen() is child


def test_a_stop_signal_sets_stop_and_the_old_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals() as stop:
        assert not stop
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(5)
    assert signal.getsignal(signal.SIGTERM) is before
