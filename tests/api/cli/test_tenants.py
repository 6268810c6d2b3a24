"""`baton tenant`, and `--tenant` where something is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.engine.support import end, line, start, user

Call = Callable[..., Any]


def test_tenants_are_made_filled_and_removed(ask: Call, folder: Any) -> None:
    assert ask("tenant", "add", "acme", "--name", "Acme Ltd.")["name"] == "Acme Ltd."
    assert ask("tenant", "assign", "acme", "--member", "ann", "--group", "sales")["groups"] == ["sales"]
    assert [one["users"] for one in ask("tenant", "list")["items"]] == [[], ["ann"]]
    assert ask("tenant", "unassign", "acme", "--member", "ann")["users"] == []
    ask("tenant", "remove", "acme")
    assert ask("tenant", "remove", "acme", exit_code=4)["error"]["code"] == "not-found"


def test_what_is_deployed_started_and_sent_is_a_tenants(ask: Call, folder: Path) -> None:
    ask("tenant", "add", "acme")
    (folder / "p.bpmn").write_text(line("p", start(), user("look"), end()))
    assert ask("deploy", "p.bpmn", "--tenant", "acme")["tenant_id"] == "acme"
    assert ask("run", "p", "--tenant", "acme")["tenant_id"] == "acme"
    ask("run", "p", exit_code=4)
    assert ask("message", "publish", "m", "--tenant", "acme")["correlated"] == []
    assert ask("signal", "broadcast", "s", "--tenant", "acme")["receivers"] == 0
    ask("signal", "broadcast", "s", "--tenant", "other", exit_code=4)
