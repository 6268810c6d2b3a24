"""An empty folder with a new database, and the console in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click.testing
import pytest

from api.cli import main
from tests.scenarios.scenario import diagram

PROCESS = diagram(
    """
    <startEvent id="start"/>
    <userTask id="sign" name="Sign"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="board"/></extensionElements></userTask>
    <serviceTask id="pay" name="Pay"><extensionElements><zeebe:taskDefinition type="baton:stub-payment:1"/>
      <zeebe:taskHeaders><zeebe:header key="resultVariable" value="payment"/></zeebe:taskHeaders>
    </extensionElements></serviceTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="sign"/>
    <sequenceFlow id="f2" sourceRef="sign" targetRef="pay"/>
    <sequenceFlow id="f3" sourceRef="pay" targetRef="end"/>
    """
)

Baton = Callable[..., click.testing.Result]


@pytest.fixture
def folder(tmp_path: Path, upgraded_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a database that is ready, and a process `p` in p.bpmn."""
    for name in [name for name in os.environ if name.startswith("BATON_")]:
        monkeypatch.delenv(name)
    file = Path(upgraded_sqlite_url.removeprefix("sqlite:///"))
    if file != tmp_path / "baton.db":
        shutil.copy(file, tmp_path / "baton.db")
    (tmp_path / "p.bpmn").write_text(PROCESS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def baton(folder: Path) -> Baton:
    """Calls the console; unexpected exceptions come through."""
    runner = click.testing.CliRunner()

    def call(*arguments: str, exit_code: int = 0, **options: Any) -> click.testing.Result:
        result = runner.invoke(main, list(arguments), catch_exceptions=False, **options)
        assert result.exit_code == exit_code, f"{arguments}: {result.exit_code}\n{result.stdout}\n{result.stderr}"
        return result

    return call


@pytest.fixture
def ask(baton: Baton) -> Callable[..., Any]:
    """Calls the console with --json and reads the one object it prints."""

    def call(*arguments: str, **options: Any) -> Any:
        return json.loads(baton(*arguments, "--json", **options).stdout)

    return call
