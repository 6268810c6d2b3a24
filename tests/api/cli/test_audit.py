"""`baton audit`: exports, keys, seals, and verifying without anything but files."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.fixture
def sealed(ask: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a started process, two seals in seals.jsonl and a key; gives the instance's key."""
    ask("deploy", "p.bpmn")
    instance: str = ask("run", "p")["key"]
    ask("audit", "key", "seal.pem")
    monkeypatch.setenv("BATON_AUDIT_SEAL_KEY", str(folder / "seal.pem"))
    monkeypatch.setenv("BATON_AUDIT_SEAL_FILE", str(folder / "seals.jsonl"))
    assert ask("audit", "seal")["seal"]["number"] == 1
    ask("run", "p")
    assert ask("audit", "seal")["seal"]["number"] == 2
    return instance


def test_a_private_key_is_its_owners_alone_and_is_never_overwritten(ask: Call, folder: Path) -> None:
    made = ask("audit", "key", "seal.pem")
    assert stat.S_IMODE((folder / "seal.pem").stat().st_mode) == 0o600
    assert (len(made["key_id"]), made["public"]) == (16, "seal.pem.pub")
    assert ask("audit", "key", "seal.pem", exit_code=1)["error"]["code"] == "file-exists"


def test_without_a_key_nothing_is_sealed(ask: Call) -> None:
    assert ask("audit", "seal", exit_code=1)["error"]["code"] == "no-seal-key"


@pytest.mark.parametrize("content", ["nonsense", ""])
def test_a_key_that_is_none_is_said_at_once(ask: Call, folder: Path, content: str, monkeypatch: Any) -> None:
    (folder / "bad.pem").write_text(content)
    monkeypatch.setenv("BATON_AUDIT_SEAL_KEY", str(folder / "bad.pem"))
    assert "baton audit key" in ask("audit", "seal", exit_code=2)["error"]["message"]


def test_the_trail_is_verified_against_the_file_of_seals(ask: Call, sealed: str, folder: Path) -> None:
    lines = (folder / "seals.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2]
    assert ask("audit", "seal")["seal"] is None
    arguments = ("--seals", "seals.jsonl", "--public-key", "seal.pem.pub")
    assert ask("audit", "verify", *arguments)["intact"]
    ask("audit", "export", "-o", "trail.jsonl")
    assert ask("audit", "verify-file", "trail.jsonl", *arguments)["records"] == len(
        (folder / "trail.jsonl").read_text().splitlines()
    )
    ask("audit", "seals", "-o", "again.jsonl")
    assert (folder / "again.jsonl").read_text() == (folder / "seals.jsonl").read_text()


def test_changed_files_are_found_out(ask: Call, sealed: str, folder: Path) -> None:
    ask("audit", "export", "-o", "trail.jsonl")
    trail = (folder / "trail.jsonl").read_text()
    (folder / "trail.jsonl").write_text(trail.replace('"actor_kind":"human"', '"actor_kind":"robot"', 1))
    arguments = ("--seals", "seals.jsonl", "--public-key", "seal.pem.pub")
    assert ask("audit", "verify-file", "trail.jsonl", exit_code=1)["error"]["code"] == "audit-broken"
    (folder / "trail.jsonl").write_text("\n".join(trail.splitlines()[:-1]))
    assert ask("audit", "verify-file", "trail.jsonl")["intact"]  # alone, it cannot know of a last record
    assert ask("audit", "verify-file", "trail.jsonl", *arguments, exit_code=1)["error"]["code"] == "audit-broken"
    seals = (folder / "seals.jsonl").read_text()
    (folder / "seals.jsonl").write_text(seals.replace('\\"size\\":', '\\"size\\":1', 1))
    assert ask("audit", "verify", *arguments, exit_code=1)["error"]["code"] == "seals-broken"
    (folder / "seals.jsonl").write_text("what\n")
    assert "line 1, is not a seal" in ask("audit", "verify", *arguments, exit_code=1)["error"]["message"]


def test_a_line_that_a_killed_node_left_torn_is_written_again(ask: Call, sealed: str, folder: Path) -> None:
    whole = (folder / "seals.jsonl").read_bytes()
    (folder / "seals.jsonl").write_bytes(whole[:-40])
    ask("audit", "seal")
    assert (folder / "seals.jsonl").read_bytes() == whole


def test_an_instance_is_proved_by_one_file_and_the_public_key(ask: Call, sealed: str, folder: Path) -> None:
    ask("audit", "export", "--instance", sealed, "--proof", "-o", "proof.json")
    assert ask("audit", "verify-file", "proof.json", "--public-key", "seal.pem.pub")["records"] >= 1
    ask("audit", "key", "other.pem")
    other = ask("audit", "verify-file", "proof.json", "--public-key", "other.pem.pub", exit_code=1)
    assert other["error"]["code"] == "seals-broken"
    proof = (folder / "proof.json").read_text()
    (folder / "proof.json").write_text(proof.replace('"verb":"start"', '"verb":"stand"', 1))
    changed = ask("audit", "verify-file", "proof.json", "--public-key", "seal.pem.pub", exit_code=1)
    assert changed["error"]["code"] == "audit-broken"


def test_the_report_is_the_same_from_the_server_and_from_an_export(
    ask: Call, baton: Call, sealed: str, folder: Path
) -> None:
    arguments = ("--since", "2020-01-01", "--until", "2100-01-01")
    served = json.loads(baton("audit", "report", "--ai-act", *arguments).stdout)
    assert (served["trail"]["seal"], served["trail"]["is_intact"]) == (2, True)
    assert [change["what"] for change in served["processes"]] == ["deployed"]
    ask("audit", "export", "-o", "trail.jsonl")
    offline = json.loads(baton("audit", "report-file", "trail.jsonl", *arguments).stdout)
    assert {**offline, "trail": served["trail"]} == served
    ask("audit", "report", "-o", "report.html")
    assert "<h1>AI at work</h1>" in (folder / "report.html").read_text()


def test_a_case_is_reported_alone(ask: Call, baton: Call, sealed: str, folder: Path) -> None:
    case = json.loads(baton("audit", "report", "--instance", sealed).stdout)
    assert (case["process_id"], case["path"], case["calls"]) == ("p", ["f1"], [])
    ask("audit", "report", "--instance", sealed, "-o", "case.html")
    assert f"Case {sealed}" in (folder / "case.html").read_text()
    ask("audit", "report", "--instance", "12345", exit_code=4)
