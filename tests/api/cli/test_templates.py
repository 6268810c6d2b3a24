"""Where Camunda Modeler finds element templates."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner

from api.cli import main
from api.cli.templates import modeler_folder


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, "/home/ada/.config/camunda-modeler/resources/element-templates"),
        ("linux", {"XDG_CONFIG_HOME": "/cfg"}, "/cfg/camunda-modeler/resources/element-templates"),
        ("darwin", {}, "/home/ada/Library/Application Support/camunda-modeler/resources/element-templates"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/camunda-modeler/resources/element-templates"),
        ("win32", {}, "/home/ada/AppData/Roaming/camunda-modeler/resources/element-templates"),
    ],
)
def test_each_system_has_its_folder(platform: str, environ: dict[str, str], expected: str) -> None:
    assert PurePosixPath(modeler_folder(platform, environ, Path("/home/ada"))) == PurePosixPath(expected)


def test_templates_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["templates", "install", "--to", str(tmp_path / "here"), "--json"])
    assert result.exit_code == 0, result.stderr
    files = [Path(file) for file in json.loads(result.stdout)["files"]]
    templates = [template for file in files for template in _templates(file)]
    assert "baton:ai-task:1" in [_job_type(template) for template in templates]


def test_a_folder_that_cannot_be_written_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["templates", "install", "--to", str(tmp_path / "file" / "below")])
    assert result.exit_code == 1
    assert "--to" in result.stderr


def test_two_targets_exclude_each_other(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["templates", "install", "--to", str(tmp_path), "--project"]).exit_code == 2


def _templates(file: Path) -> list[dict]:
    found = json.loads(file.read_text())
    return found if isinstance(found, list) else [found]


def _job_type(template: dict) -> str:
    bindings = {
        (p["binding"]["type"], p["binding"].get("property") or p["binding"].get("name")): p.get("value")
        for p in template["properties"]
    }
    return bindings.get(("zeebe:taskDefinition", "type")) or bindings.get(("zeebe:taskDefinition:type", None)) or ""
