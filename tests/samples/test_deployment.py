"""The files of samples/deployment: they name what is there, settings that exist and options that commands have."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from api.cli import main
from api.settings import Settings
from tests.support.source import ROOT

FOLDER = ROOT / "samples" / "deployment"
UNITS = sorted(FOLDER.glob("*.service"))


def settings_of(text: str) -> set[str]:
    return set(re.findall(r"\bBATON_[A-Z_]+\b", text))


def accepts(words: list[str]) -> None:
    """Raises when the console has no such command or option."""
    command: Any = main
    context = click.Context(main)
    while words and isinstance(command, click.Group):
        command = command.get_command(context, words.pop(0))
        assert command is not None
    command.make_parser(click.Context(command)).parse_args(list(words))


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "README.md"])
def test_settings_exist(name: str) -> None:
    known = {f"BATON_{field.upper()}" for field in Settings.model_fields}
    assert settings_of((FOLDER / name).read_text()) <= known


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert all((ROOT / source).exists() for sources in copied for source in sources)
    assert {"bpmn", "engine", "connectors", "api"} <= {source for sources in copied for source in sources}
    assert lines.index("USER baton") < lines.index('ENTRYPOINT ["baton"]')


def test_the_services_of_compose_are_commands_of_the_console() -> None:
    composed = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert set(composed) == {"database", "upgrade", "server", "worker"}
    for name in ("upgrade", "server", "worker"):
        accepts(list(composed[name]["command"]))
    build = composed["upgrade"]["build"]
    assert (FOLDER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


@pytest.mark.parametrize("unit", UNITS, ids=lambda file: file.name)
def test_systemd_finds_no_fault_with_a_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text()
    [command] = re.findall(r"^ExecStart=/opt/baton/bin/baton (.*)$", text, re.MULTILINE)
    accepts(command.split())
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    installed = tmp_path / unit.name
    installed.write_text(text.replace("/opt/baton/bin/baton", shutil.which("true") or "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", installed], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])
