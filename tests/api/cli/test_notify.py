"""Subscriptions from the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Call = Callable[..., Any]


def test_somebody_is_told_of_events_and_then_no_more(ask: Call, baton: Call) -> None:
    made = baton("notify", "add", "http://127.0.0.1:9/hook", "task-created", "task-overdue")
    key = made.stdout.strip()
    assert "whsec_" in made.stderr
    assert ask("notify", "pause", key)["active"] is False
    assert ask("notify", "resume", key)["active"] is True
    mail = ask("notify", "add", "board@example.org", "review-asked", "--process", "p")
    assert (mail["kind"], mail["process_id"]) == ("mail", "p")
    assert [one["key"] for one in ask("notify", "list")["items"]] == [key, mail["key"]]
    ask("notify", "remove", key)
    assert "Nothing was sent" in baton("notify", "log").stdout
    baton("notify", "retry", "5", exit_code=1)
