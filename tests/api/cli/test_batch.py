"""Batches from the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.fixture
def keys(ask: Call) -> list[str]:
    ask("deploy", "p.bpmn")
    return [str(ask("run", "p", "-v", f"amount={number}", "--wait")["key"]) for number in (1, 2)]


def state(ask: Call, key: str) -> str:
    return str(ask("instance", "show", key)["state"])


def test_a_batch_runs_to_its_end(ask: Call, keys: list[str]) -> None:
    done = ask("batch", "create", "cancel", "--where", "amount>1", "--reason", "test", "--wait")
    assert (done["state"], done["counts"]["completed"]) == ("completed", 1)
    assert [state(ask, key) for key in keys] == ["active", "terminated"]
    [item] = ask("batch", "items", str(done["key"]))["items"]
    assert item["instance_key"] == keys[1]


def test_a_failed_item_is_said_by_the_exit_code(baton: Call, ask: Call, keys: list[str]) -> None:
    ask("instance", "cancel", keys[0])
    result = baton("batch", "create", "cancel", "--instance", keys[0], "--wait", exit_code=1)
    assert "1 failed" in result.stderr


def test_moving_setting_and_migrating(ask: Call, keys: list[str]) -> None:
    ask("batch", "create", "set", "amount=7", "--process", "p", "--wait")
    assert ask("instance", "variables", keys[0])["variables"]["amount"] == 7
    ask("batch", "create", "move", "sign", "pay", "--instance", keys[0], "--wait")
    assert ask("instance", "show", keys[0])["active"][0]["element_id"] == "pay"
    done = ask("batch", "create", "migrate", "1", "--process", "p", "--wait")
    assert done["total"] == 2


def test_a_batch_is_listed_suspended_resumed_and_cancelled(ask: Call, baton: Call, keys: list[str]) -> None:
    key = str(ask("batch", "create", "cancel", "--all")["key"])
    assert ask("batch", "suspend", key)["state"] == "suspended"
    assert ask("batch", "resume", key)["state"] == "created"
    assert ask("batch", "cancel", key)["state"] == "canceled"
    assert "cancel" in baton("batch", "list").stdout
    assert ask("batch", "show", key)["state"] == "canceled"


def test_nobody_changes_everything_by_accident(baton: Call) -> None:
    baton("batch", "create", "cancel", exit_code=2)
