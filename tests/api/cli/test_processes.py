"""Deploying, starting, deciding and looking, without a server: the console over the database of its folder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BROKEN = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" isExecutable="true">'
FAILING = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="f"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><process id="f" isExecutable="true">
  <startEvent id="s"/><serviceTask id="work" camunda:expression="${missing}"/>
  <sequenceFlow id="s_work" sourceRef="s" targetRef="work"/></process></definitions>"""

Call = Callable[..., Any]


@pytest.fixture
def instance(ask: Call) -> dict[str, Any]:
    ask("deploy", "p.bpmn")
    return ask("run", "p", "-v", "amount=12.5", "--business-key", "B-1", "--wait")


def test_a_deployment_says_what_it_brought(ask: Call, baton: Call) -> None:
    deployment = ask("deploy", "p.bpmn")
    (process,) = deployment["processes"]
    assert (process["process_id"], process["version"]) == ("p", 1)
    assert re.search(r"process +p +1 +p\.bpmn", baton("deploy", "p.bpmn").stdout)


def test_the_same_file_again_changes_nothing(ask: Call, baton: Call) -> None:
    first, second = ask("deploy", "p.bpmn"), ask("deploy", "p.bpmn")
    assert second["duplicate"] is True
    assert second["processes"][0]["key"] == first["processes"][0]["key"]
    assert "nothing had changed" in baton("deploy", "p.bpmn").stdout


def test_a_start_whose_first_step_fails_says_which(ask: Call, baton: Call, folder: Path) -> None:
    (folder / "f.bpmn").write_text(FAILING)
    baton("deploy", "f.bpmn")
    assert "'work' of process 'f' failed: " in baton("run", "f", exit_code=1).stderr
    assert ask("run", "f", exit_code=1)["error"]["code"] == "step-failed"


def test_a_command_that_is_sent_again_under_its_key_is_done_once(ask: Call, baton: Call) -> None:
    ask("deploy", "p.bpmn")
    first, again = (ask("run", "p", "--idempotency-key", "order 7") for _ in range(2))
    assert first["key"] == again["key"]
    assert len(ask("instance", "list")["items"]) == 1
    refused = ask("run", "p", "-v", "amount=1", "--idempotency-key", "order 7", exit_code=1)["error"]
    assert refused["code"] == "idempotency-key-reused"
    cancelled = [ask("instance", "cancel", first["key"], "--idempotency-key", "c") for _ in range(2)]
    assert cancelled[0] == cancelled[1]
    assert "another request" in baton("deploy", "p.bpmn", "--idempotency-key", "order 7", exit_code=1).stderr


def test_a_dry_run_stores_nothing(ask: Call, baton: Call) -> None:
    assert "nothing was" in baton("deploy", "p.bpmn", "--dry-run").stdout
    assert ask("process", "list")["items"] == []


def test_a_broken_file_is_not_deployed_and_says_where(ask: Call, baton: Call, folder: Path) -> None:
    (folder / "p.bpmn").write_text(BROKEN)
    error = ask("deploy", "p.bpmn", exit_code=3)["error"]
    assert error["findings"][0]["severity"] == "error"
    assert "p.bpmn:1: error:" in baton("deploy", "p.bpmn", exit_code=3).stderr


def test_an_element_that_cannot_run_is_not_deployed(ask: Call, folder: Path) -> None:
    text = (folder / "p.bpmn").read_text().replace("userTask", "complexGateway")
    (folder / "p.bpmn").write_text(text)
    error = ask("deploy", "p.bpmn", exit_code=3)["error"]
    assert "sign" in [finding["element"] for finding in error["findings"]]


def test_a_run_that_waits_for_a_person_says_so_and_is_no_failure(baton: Call) -> None:
    baton("deploy", "p.bpmn")
    result = baton("run", "p", "--wait")
    assert "Sign: Waits for somebody of the group board" in result.stdout
    assert "baton task list --instance" in result.stderr


def test_the_instance_shows_where_it_stands(instance: dict[str, Any], ask: Call) -> None:
    assert (instance["standing"], instance["state"], instance["business_key"]) == ("waiting", "active", "B-1")
    assert instance["variables"] == {"amount": 12.5}
    shown = ask("instance", "show", instance["key"])
    assert [wait["element_id"] for wait in shown["waiting"]] == ["sign"]
    assert [item["key"] for item in ask("instance", "list")["items"]] == [instance["key"]]


def test_after_the_approval_a_second_run_ends_it(instance: dict[str, Any], ask: Call, baton: Call) -> None:
    (task,) = ask("task", "list", "--instance", instance["key"])["items"]
    baton("task", "claim", task["key"])
    baton("task", "comment", task["key"], "looks fine")
    assert ask("task", "approve", task["key"], "--reason", "I know them")["state"] == "completed"
    ask("run", "p", "--wait")  # drives every instance, the first one too
    ended = ask("instance", "show", instance["key"])
    assert ended["state"] == "completed"
    variables = ask("instance", "variables", instance["key"])["variables"]
    assert variables["approval"]["reason"] == "I know them"
    assert variables["payment"]["amount"] == 12.5


def test_a_task_is_assigned_shown_unclaimed_and_completed(instance: dict[str, Any], ask: Call, baton: Call) -> None:
    (task,) = ask("task", "list")["items"]
    assert ask("task", "assign", task["key"], "ada")["assignee"] == "ada"
    assert ask("task", "list", "--assignee", "bob")["items"] == []
    assert "ada" in baton("task", "show", task["key"]).stdout
    assert ask("task", "unclaim", task["key"])["assignee"] is None
    assert ask("task", "complete", task["key"], "-v", "signed=true")["state"] == "completed"
    assert ask("instance", "variables", instance["key"])["variables"]["signed"] is True


def test_an_incident_is_listed_retried_and_fails_a_waiting_run(ask: Call, baton: Call) -> None:
    baton("deploy", "p.bpmn")
    instance = ask("run", "p", "-v", "amount=-1", "--wait")
    (task,) = ask("task", "list")["items"]
    baton("task", "approve", task["key"])
    ask("run", "p", "--wait")
    (incident,) = ask("incident", "list")["items"]
    assert incident["element_id"] == "pay"
    assert ask("instance", "retry", instance["key"])["items"][0]["key"] == incident["key"]
    ask("run", "p", "--wait")
    (again,) = ask("incident", "list", "--instance", instance["key"])["items"]
    assert ask("instance", "variables", instance["key"], "--set", "amount=3")["variables"]["amount"] == 3
    ask("incident", "resolve", again["key"], "--retries", "1")
    ask("run", "p", "--wait")
    assert ask("instance", "show", instance["key"])["state"] == "completed"


def test_nothing_to_retry_is_not_found(instance: dict[str, Any], baton: Call) -> None:
    baton("instance", "retry", instance["key"], exit_code=4)


def test_a_cancelled_instance_is_ended(instance: dict[str, Any], ask: Call) -> None:
    assert ask("instance", "cancel", instance["key"], "--reason", "a mistake")["state"] == "terminated"
    assert ask("task", "list")["items"] == []


def test_what_is_not_there_is_not_found(ask: Call) -> None:
    assert ask("instance", "show", "999", exit_code=4)["error"]["code"] == "not-found"
    assert ask("run", "nothing", exit_code=4)["error"]["code"] == "not-found"
    assert ask("task", "show", "999", exit_code=4)["error"]["code"] == "not-found"
    assert "Deployed: none" in ask("process", "show", "nothing", exit_code=4)["error"]["message"]


def test_a_process_is_shown_with_its_file(ask: Call, baton: Call, folder: Path) -> None:
    baton("deploy", "p.bpmn")
    assert ask("process", "show", "p")["version"] == 1
    assert baton("process", "show", "p", "--xml").stdout.strip() == (folder / "p.bpmn").read_text().strip()


def test_keys_are_never_cut(instance: dict[str, Any], baton: Call) -> None:
    assert instance["key"] in baton("instance", "list").stdout
    assert instance["key"] in baton("task", "list").stdout


def test_a_message_that_nobody_waits_for_reaches_nobody(ask: Call) -> None:
    assert ask("message", "publish", "paid", "--key", "o-1", "-v", "a=1")["correlated"] in (0, [])


def test_a_signal_says_how_many_it_was_for(ask: Call) -> None:
    assert ask("signal", "broadcast", "alarm", "-v", "level=1", "--vars", '{"a": true}')["receivers"] == 0


def test_the_audit_trail_is_exported_and_verified(
    instance: dict[str, Any], ask: Call, baton: Call, folder: Path
) -> None:
    assert ask("audit", "verify")["records"] > 0
    lines = [json.loads(line) for line in baton("audit", "export").stdout.splitlines()]
    assert "start" in {line.get("verb") for line in lines}
    assert ask("audit", "export", "-o", "trail.jsonl")["lines"] == len(
        (folder / "trail.jsonl").read_text().splitlines()
    )


def test_a_changed_record_is_found_and_named(instance: dict[str, Any], ask: Call, folder: Path) -> None:
    import sqlite3

    with sqlite3.connect(folder / "baton.db") as database:
        database.execute("update audit_records set actor_id = 'somebody' where verb = 'start'")
    database.close()
    error = ask("audit", "verify", exit_code=1)["error"]
    assert error["code"] == "audit-broken"
    assert "chain" in error["message"]


def test_accounts_and_tokens_are_made(ask: Call, baton: Call) -> None:
    baton("user", "add", "ada", "--group", "board", "--role", "approver", "--password-stdin", input="correct horse\n")
    assert [user["id"] for user in ask("user", "list")["items"]] == ["ada"]
    assert ask("token", "create", "ada", "--role", "approver", "--name", "script")["token"].startswith("baton_")
    baton("user", "add", "bob", "--password-stdin", input="short\n", exit_code=1)


def test_settings_that_are_wrong_are_a_usage_error(ask: Call, folder: Path) -> None:
    (folder / "baton.toml").write_text("prot = 1\n")
    assert ask("process", "list", exit_code=2)["error"]["code"] == "settings-invalid"


def test_a_server_that_is_not_there_cannot_be_connected(ask: Call) -> None:
    assert ask("process", "list", "--url", "http://127.0.0.1:9", exit_code=6)["error"]["code"] == "cannot-connect"


def test_an_address_without_scheme_is_a_usage_error(baton: Call) -> None:
    baton("process", "list", "--url", "localhost:8080", exit_code=2)


def test_a_run_gives_up_when_its_time_is_up(ask: Call, folder: Path) -> None:
    text = (folder / "p.bpmn").read_text()
    waiting = text.replace(
        '<userTask id="sign" name="Sign"><extensionElements><zeebe:userTask/>\n'
        '      <zeebe:assignmentDefinition candidateGroups="board"/></extensionElements></userTask>',
        '<intermediateCatchEvent id="sign"><timerEventDefinition id="t"><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
    )
    assert waiting != text
    (folder / "p.bpmn").write_text(waiting)
    ask("deploy", "p.bpmn")
    assert ask("run", "p", "--wait", "--timeout", "0", exit_code=124)["error"]["code"] == "timeout"


def test_the_database_is_checked_and_upgraded(ask: Call, folder: Path) -> None:
    assert ask("db", "check")["ok"] is True
    (folder / "baton.toml").write_text('database_url = "sqlite:///other.db"\n')
    assert ask("db", "check", exit_code=6)["error"]["code"] == "store-unavailable"
    ask("db", "upgrade")
    assert ask("db", "check")["ok"] is True


def test_the_doctor_finds_this_folder_healthy(ask: Call) -> None:
    items = {item["name"]: item for item in ask("doctor")["items"]}
    assert items["database"]["ok"]
    assert items["server"]["ok"]


def test_the_doctor_says_once_that_the_database_is_away(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DATABASE_URL", "sqlite:////there/is/no/such/folder/baton.db")
    items = {item["name"]: item for item in ask("doctor", exit_code=1)["error"]["items"]}
    assert items["database"]["needed"]
    assert not items["database"]["ok"]
    assert (items["timers"]["found"], items["timers"]["needed"]) == ("not looked at", False)


def test_the_doctor_does_not_faint_over_bad_settings(ask: Call, folder: Path) -> None:
    (folder / "baton.toml").write_text("prot = 1\n")
    details = ask("doctor", exit_code=1)["error"]
    assert [item["name"] for item in details["items"] if not item["ok"] and item["needed"]] == ["settings"]
