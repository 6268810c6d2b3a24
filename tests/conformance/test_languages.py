"""The DMN TCK and Camunda's FEEL cases, where they lie beside the repository (`../shared/tck`), and their command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bpmn import feel
from bpmn.feel.generating import entries
from tests.conformance import languages
from tests.conformance.languages_cases import Outcome, run_dialect, run_tck, use_runner
from tests.conformance.languages_tables import print_tables

TCK = languages.SHARED / "tck"
DIALECTS = {"feel_dmn": TCK / "feel_cases_dev.jsonl", "feel_camunda": TCK / "camunda-dialect" / "dev.jsonl"}
beside = pytest.mark.skipif(not TCK.is_dir(), reason="the TCK is not beside the repository")
WRONG = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"><modelName>m.dmn</modelName>
<testCase id="1"><resultNode name="one"><expected><value>{}</value></expected></resultNode></testCase></testCases>"""
MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="m" namespace="m">
<decision id="one" name="one"><variable name="one"/><literalExpression><text>1</text></literalExpression></decision>
</definitions>"""


@pytest.fixture
def adapter() -> Any:
    return use_runner(TCK / "tck_run")


@beside
def test_every_case_of_the_whole_models_passes(adapter: Any) -> None:
    # Without a time limit per case: it would take the alarm of pytest's own.
    _expect_all(list(run_tck(TCK, adapter.dmn, seconds=0)), least=2000)


@beside
@pytest.mark.parametrize("suite", DIALECTS)
def test_every_case_of_feel_alone_passes(suite: str, adapter: Any) -> None:
    _expect_all(list(run_dialect(DIALECTS[suite], getattr(adapter, suite))), least=900)


@beside
@pytest.mark.parametrize("suite", DIALECTS)
def test_every_case_passes_in_generated_code(suite: str, adapter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "HOT", 1)
    feel._cached.cache_clear()
    _expect_all(list(run_dialect(DIALECTS[suite], getattr(adapter, suite))), least=900)
    feel._cached.cache_clear()


def _expect_all(outcomes: list[Outcome], least: int) -> None:
    assert len(outcomes) > least
    assert not [f"{one.key}: {one.message}" for one in outcomes if not one.is_expected]


@beside
@pytest.mark.parametrize(("expected", "status", "says"), [("1", 0, "misses: none"), ("2", 1, "got Decimal('1')")])
def test_a_missed_case_is_named_and_fails_the_command(
    expected: str, status: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "TestCases" / "compliance-level-3" / "0001-mine"
    folder.mkdir(parents=True)
    (folder / "0001-mine-test-01.xml").write_text(WRONG.format(expected))
    (folder / "m.dmn").write_text(MODEL)
    assert languages._cases(tmp_path, tmp_path / "none.jsonl") == status
    printed = capsys.readouterr().out
    assert says in printed
    assert "Camunda's dialect was not run" in printed


def test_what_is_not_there_is_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert languages.main(["--tck", str(tmp_path), "--corpus", str(tmp_path / "corpus")]) == 0
    printed = capsys.readouterr().out
    assert "There is no corpus" in printed
    assert "was not run" in printed or "no cases were run" in printed


def test_the_tables_count_by_folder_and_name_the_misses(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables([Outcome("a#1", "level-2", "a", True, False), Outcome("a#2", "level-2", "a", False, False, "no")])
    printed = capsys.readouterr().out
    assert "passed 1 of 2; where not null 1/2; folder mean 50.00 %; folders complete 0 of 1" in printed
    assert "a#2: no" in printed


def test_a_corpus_is_counted_by_language_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.dmn").write_text(MODEL.replace(">1<", ">1 +<"))
    (tmp_path / "n.dmn").write_text(MODEL)
    languages.print_shares(tmp_path)
    printed = capsys.readouterr().out
    assert "DMN dmn: feel" in printed
    assert "50.00 %" in printed
