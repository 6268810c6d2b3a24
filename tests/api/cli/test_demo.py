"""The demo as a newcomer sees it: real processes, real ports, a person's commands. Takes seconds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 60.0


class Demo:
    """A running `baton demo --no-model`; what it says is collected."""

    def __init__(self, folder: Path, *options: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        environ["PYTHONPATH"] = str(Path(__file__).parents[3])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *options],
            cwd=folder,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said += line

    def waits_to_say(self, pattern: str) -> re.Match[str]:
        until = time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(pattern, self.said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.05)
        return found

    def tree(self) -> list[int]:
        """The process ids of everything it started, in all generations."""
        found = [self.process.pid]
        for parent in found:
            command = ["ps", "-o", "pid=", "--ppid", str(parent)]
            children = subprocess.run(command, capture_output=True, text=True, check=False)
            found += [int(child) for child in children.stdout.split()]
        return found[1:]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path, "demo", "--no-model", "--dir", "data")
    yield running
    running.process.kill()
    running.process.wait()


def gone(process_ids: list[int]) -> bool:
    return not any(Path(f"/proc/{process_id}").exists() and not is_zombie(process_id) for process_id in process_ids)


def is_zombie(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_until_gone(process_ids: list[int]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not gone(process_ids):
        assert time.monotonic() < until, "processes were left behind"
        time.sleep(0.1)


def test_the_demo_shows_a_reading_that_a_person_decides_and_ends_with_ctrl_c(demo: Demo, tmp_path: Path) -> None:
    url = demo.waits_to_say(r"Baton is at +(http://127\.0\.0\.1:\d+)/")[1]
    password = demo.waits_to_say(r"password (\S+)")[1]
    assert "NOT AI" in demo.said
    task = demo.waits_to_say(r"task approve (\d+)")[1]
    instance = demo.waits_to_say(r"instance show (\d+)")[1]
    login = ("demo", password)
    assert httpx.get(f"{url}/api/v1/instances/{instance}").status_code == 401
    decision = {"decision": "approve", "reason": "compared"}
    assert httpx.post(f"{url}/api/v1/approvals/{task}", json=decision, auth=login).status_code == 200
    until = time.monotonic() + PATIENCE_SECONDS
    while httpx.get(f"{url}/api/v1/instances/{instance}", auth=login).json()["state"] != "completed":
        assert time.monotonic() < until
        time.sleep(0.1)
    children = demo.tree()
    assert len(children) >= 3
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(PATIENCE_SECONDS) == 0
    wait_until_gone(children)
    assert json.loads((tmp_path / "data" / "login.json").read_text())["password"] == password


def test_nothing_is_left_when_the_demo_is_killed(demo: Demo) -> None:
    demo.waits_to_say(r"task approve (\d+)")
    children = demo.tree()
    assert len(children) >= 3
    demo.process.kill()
    wait_until_gone(children)


def test_two_demos_take_two_ports_and_a_taken_port_is_refused(demo: Demo, tmp_path: Path) -> None:
    first = demo.waits_to_say(r"http://127\.0\.0\.1:(\d+)/")[1]
    second = Demo(tmp_path, "demo", "--no-model", "--dir", "other")
    try:
        assert second.waits_to_say(r"http://127\.0\.0\.1:(\d+)/")[1] != first
    finally:
        second.process.terminate()
        second.process.wait(PATIENCE_SECONDS)
    third = Demo(tmp_path, "demo", "--no-model", "--port", first)
    assert third.process.wait(PATIENCE_SECONDS) == 1
