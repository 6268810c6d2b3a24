"""What has been, from the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.fixture
def key(ask: Call) -> str:
    ask("deploy", "p.bpmn")
    found = str(ask("run", "p", "-v", "amount=12.5", "--wait")["key"])
    ask("instance", "variables", found, "--set", "amount=20")
    return found


def test_instances_are_found_by_variables(ask: Call, key: str) -> None:
    assert [one["key"] for one in ask("instance", "list", "--where", "amount>=20")["items"]] == [key]
    assert ask("instance", "list", "--where", "amount<20")["items"] == []


def test_past_values_and_decisions_are_listed(ask: Call, baton: Call, key: str) -> None:
    [past] = ask("history", "values", key)["items"]
    assert (past["name"], past["value"]) == ("amount", 12.5)
    assert "No decision" in baton("history", "decisions", "--instance", key).stdout


def test_a_retention_is_said_shown_and_left_to_the_diagram(ask: Call, baton: Call, key: str) -> None:
    assert ask("history", "keep", "p", "30")["days"] == 30
    assert ask("history", "keep", "p", "for-ever")["days"] is None
    assert [one["process_id"] for one in ask("history", "keep")["items"]] == ["p"]
    ask("history", "keep", "p", "diagram")
    assert ask("history", "keep")["items"] == []
    baton("history", "keep", "p", "soon", exit_code=2)


def test_a_held_instance_goes_only_when_it_is_released(ask: Call, baton: Call, key: str) -> None:
    ask("instance", "cancel", key)
    ask("history", "hold", key, "--reason", "trial")
    assert [one["reason"] for one in ask("history", "hold")["items"]] == ["trial"]
    baton("history", "delete", key, exit_code=1)
    ask("history", "release", key)
    ask("history", "delete", key, "--reason", "asked for")
    baton("instance", "show", key, exit_code=4)
    assert "intact" in baton("audit", "verify").stdout
