"""Moving, modifying, migrating and restarting from the console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.conftest import PROCESS

Call = Callable[..., Any]


@pytest.fixture
def key(ask: Call) -> str:
    ask("deploy", "p.bpmn")
    return str(ask("run", "p", "-v", "amount=12.5", "--wait")["key"])


@pytest.fixture
def renamed(ask: Call, folder: Path, key: str) -> str:
    """An instance of version 1 beside a version 2 in which `sign` is called `agree`."""
    (folder / "p.bpmn").write_text(PROCESS.replace('"sign"', '"agree"'), encoding="utf-8")
    ask("deploy", "p.bpmn")
    return key


def active(ask: Call, key: str) -> list[str]:
    return [one["element_id"] for one in ask("instance", "show", key)["active"]]


def test_a_move_that_is_only_tried(ask: Call, baton: Call, key: str) -> None:
    result = baton("instance", "move", key, "sign", "pay", "--dry-run")
    assert "pay" in result.stdout
    assert "Nothing was changed" in result.stderr
    assert active(ask, key) == ["sign"]


def test_a_move_takes_variables_along(ask: Call, key: str) -> None:
    answer = ask("instance", "move", key, "sign", "pay", "--set", "amount=7", "--reason", "signed on paper")
    assert answer["after"] == ["pay"]
    assert ask("instance", "variables", key)["variables"]["amount"] == 7


def test_what_is_not_active_cannot_be_moved(baton: Call, key: str) -> None:
    assert "not active" in baton("instance", "move", key, "pay", "sign", exit_code=1).stderr


def test_beginning_and_ending_together(ask: Call, baton: Call, key: str) -> None:
    assert ask("instance", "modify", key, "--activate", "pay", "--terminate", "sign")["after"] == ["pay"]
    assert "--activate" in baton("instance", "modify", key, exit_code=2).stderr


def test_a_plan_with_faults_fails_and_says_them(ask: Call, baton: Call, renamed: str) -> None:
    result = baton("instance", "migrate", renamed, "--dry-run", exit_code=1)
    assert "not possible: 'sign' is active" in result.stdout
    assert ask("instance", "show", renamed)["version"] == 1


def test_a_migration_with_a_new_name(ask: Call, baton: Call, renamed: str) -> None:
    assert "sign becomes agree" in baton("instance", "migrate", renamed, "--map", "sign=agree", "--dry-run").stdout
    ask("instance", "migrate", renamed, "--to", "2", "--map", "sign=agree")
    assert active(ask, renamed) == ["agree"]


@pytest.mark.parametrize(("option", "exit_code"), [(("--map", "sign"), 2), (("--to", "9"), 4)])
def test_a_migration_that_makes_no_sense(baton: Call, renamed: str, option: tuple[str, ...], exit_code: int) -> None:
    baton("instance", "migrate", renamed, *option, exit_code=exit_code)


def test_an_ended_instance_begins_again(ask: Call, baton: Call, key: str) -> None:
    baton("instance", "restart", key, exit_code=1)
    ask("instance", "cancel", key)
    again = ask("instance", "restart", key, "--at", "pay")
    assert active(ask, again["key"]) == ["pay"]


def test_standing_still_and_going_on(ask: Call, baton: Call, key: str) -> None:
    assert "suspended" in baton("instance", "suspend", key, "--reason", "audit").stdout
    assert ask("instance", "show", key)["waiting"][0]["kind"] == "suspended"
    assert [one["key"] for one in ask("instance", "list", "--state", "suspended")["items"]] == [key]
    assert ask("instance", "resume", key)["state"] == "active"
