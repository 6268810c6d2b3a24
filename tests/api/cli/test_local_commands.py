"""Commands that need no database: check, feel, dmn, init, models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bpmn.dmn.models import decision, file, literal, table

Call = Callable[..., Any]
SAMPLE = Path(__file__).parents[3] / "samples" / "invoice-approval"


def test_a_good_folder_has_no_finding(ask: Call) -> None:
    assert ask("check", str(SAMPLE)) == {
        "files": [
            str(SAMPLE / f)
            for f in (
                "approval-level.dmn",
                "invoice-approval.agent.yaml",
                "invoice-approval.bpmn",
                "invoice-approval.form",
            )
        ],
        "findings": [],
        "errors": 0,
        "ok": True,
    }


def test_an_error_is_shown_with_file_line_and_hint(baton: Call, folder: Path) -> None:
    (folder / "p.bpmn").write_text((folder / "p.bpmn").read_text().replace('targetRef="pay"', 'targetRef="gone"'))
    result = baton("check", "p.bpmn", exit_code=3)
    assert "p.bpmn:" in result.stdout
    assert "error:" in result.stdout
    assert "gone" in result.stdout


@pytest.mark.parametrize("name", ["bad.bpmn", "bad.dmn", "bad.form"])
def test_a_file_that_cannot_be_read_is_an_error_and_no_crash(ask: Call, folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"PK\x03\x04 no such thing")
    error = ask("check", name, exit_code=3)["error"]
    assert [finding["file"] for finding in error["findings"]] == [name]


def test_a_path_that_does_not_exist_is_a_usage_error(baton: Call) -> None:
    baton("check", "nowhere", exit_code=2)


def test_feel_is_evaluated_with_variables(baton: Call, ask: Call) -> None:
    assert baton("feel", "=amount * 2", "--context", '{"amount": 2.5}').stdout == "5\n"
    assert ask("feel", 'upper case(name) + "!"', "-v", "name=ada") == {"result": "ADA!"}
    assert ask("feel", "[1, 2][item > 1]") == {"result": [2]}


def test_a_wrong_expression_is_a_failure(ask: Call) -> None:
    assert ask("feel", "1 +", exit_code=1)["error"]["code"] == "expression-invalid"


def test_a_decision_is_evaluated_and_says_which_rule_matched(ask: Call) -> None:
    inputs = '{"amount": 900, "currency": "EUR", "totalsAgree": true}'
    answer = ask("dmn", str(SAMPLE / "approval-level.dmn"), "--inputs", inputs)
    assert answer["decision"] == "approval-level"
    assert answer["result"]["group"] == "accounting"
    assert len(answer["matched"]) == 1


def test_a_wrong_expression_is_shown_with_its_place(baton: Call, ask: Call) -> None:
    assert "at column 4.\n  1 +\n     ^" in baton("feel", "1 +", exit_code=1).stderr
    assert ask("feel", "= 1 +", exit_code=1)["error"]["column"] == 4


def test_why_something_is_null_is_said(baton: Call, ask: Call) -> None:
    assert "null: 1 cannot be divided by zero." in baton("feel", "1 / 0").stderr
    assert ask("feel", "1 / 0") == {"result": None, "warnings": ["1 cannot be divided by zero."]}
    assert ask("feel", "1[1]", "--dialect", "dmn") == {"result": 1}


def test_the_rules_that_matched_are_told_beside_the_result(baton: Call) -> None:
    inputs = '{"amount": 900, "currency": "EUR", "totalsAgree": true}'
    told = baton("dmn", str(SAMPLE / "approval-level.dmn"), "--inputs", inputs).stderr
    assert 'approval-level (FIRST): Total = 900, Currency = "EUR"' in told
    assert " matched: " in told


def test_a_decision_that_cannot_be_read_is_named_with_its_line(baton: Call, ask: Call, folder: Path) -> None:
    (folder / "a.dmn").write_bytes(file("", decision("d", literal("1 +"))))
    assert "a.dmn:3: 'd' holds `1 +`" in baton("dmn", "a.dmn", exit_code=1).stderr
    error = ask("dmn", "a.dmn", exit_code=1)["error"]
    assert (error["code"], error["line"], error["element"]) == ("expression-syntax", 3, "d")


def test_a_decision_service_and_imported_files_of_the_folder_are_evaluated(ask: Call, folder: Path) -> None:
    knowledge = (
        '<businessKnowledgeModel id="b" name="add"><variable name="add"/><encapsulatedLogic><formalParameter name="x"/>'
        f"{literal('x + 1')}</encapsulatedLogic></businessKnowledgeModel>"
    )
    required = '<knowledgeRequirement><requiredKnowledge href="there#b"/></knowledgeRequirement>'
    (folder / "lib.dmn").write_bytes(file(knowledge).replace(b'"here"', b'"there"'))
    (folder / "main.dmn").write_bytes(
        file(
            '<import name="lib" namespace="there" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
            '<decisionService id="s" name="Serve"><variable name="Serve"/>'
            '<outputDecision href="#d"/></decisionService>',
            decision("d", required + literal("lib.add(1)")),
        )
    )
    assert ask("dmn", "main.dmn", "--decision", "Serve")["result"] == 2
    assert ask("dmn", "main.dmn")["decision"] == "d"


def test_findings_about_decisions_are_part_of_a_check(baton: Call, folder: Path) -> None:
    (folder / "a.dmn").write_bytes(file(decision("d", table(["n"], ["x"], ("[1..5]", "1"), ("[5..9]", "2")))))
    shown = baton("check", "a.dmn")
    assert "Rules 1 and 2 of 'd' match together when n is 5" in shown.stdout


def test_an_unknown_decision_is_not_found_and_the_known_ones_are_named(ask: Call) -> None:
    error = ask("dmn", str(SAMPLE / "approval-level.dmn"), "--decision", "other", exit_code=4)["error"]
    assert "approval-level" in error["message"]


def test_init_makes_a_folder_that_checks_and_deploys(baton: Call, ask: Call, folder: Path, monkeypatch) -> None:
    ask("init", "shop")
    assert (folder / "shop" / ".camunda" / "element-templates").is_dir()
    monkeypatch.chdir(folder / "shop")
    assert ask("check", ".")["ok"]
    assert ask("deploy", ".")["processes"][0]["process_id"] == "first"
    assert ask("init", exit_code=1)["error"]["code"] == "conflict"


def test_models_are_listed_installed_or_not(ask: Call, folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("BATON_MODELS_DIR", str(folder / "models"))
    (folder / "models").mkdir()
    (folder / "models" / "mine.gguf").write_bytes(b"x")
    items = {item["name"]: item["installed"] for item in ask("models", "list")["items"]}
    assert items == {"mine": True, "minilm": False, "smollm2": False}


def test_an_unknown_model_is_a_failure_that_names_the_known_ones(ask: Call) -> None:
    assert "smollm2" in ask("models", "install", "gpt-9", exit_code=1)["error"]["message"]


def test_json_of_a_failed_check_is_one_object(baton: Call, folder: Path) -> None:
    (folder / "p.bpmn").write_text("<x/>")
    assert set(json.loads(baton("check", "p.bpmn", "--json", exit_code=3).stdout)) == {"error"}
