"""`baton init`: a folder to draw processes in."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from api.cli.console import Command, Exit, Failure, say, show
from api.cli.templates import copy_to, project_folder

SETTINGS = """\
# Settings of Baton; every one can also come from the environment as BATON_<NAME>.
database_url = "sqlite:///baton.db"
host = "127.0.0.1"
port = 8080
auth = "none"          # "basic" asks for a password; "none" works on this machine only
"""
FIRST_PROCESS = ("first.bpmn", "reply.form", "first.agent.yaml")
IGNORED = "baton.db*\n.baton*/\n"


@click.command(cls=Command)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make a folder to draw processes in: settings, a first process, templates for Camunda Modeler."""
    if (folder / "baton.toml").exists():
        raise Failure(f"{folder / 'baton.toml'} exists already; nothing was changed.", Exit.FAILED, code="conflict")
    try:
        written = _write(folder)
    except OSError as error:
        raise Failure(f"Cannot write to {folder}: {error.strerror}.") from error
    show({"folder": str(folder), "files": [str(file) for file in written]}, "\n".join(str(file) for file in written))
    there = "" if folder == Path() else f"cd {folder} && "
    say(f"\nNext:\n  {there}baton dev\n  open {folder / 'first.bpmn'} in Camunda Modeler and press Deploy")


def _write(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    texts = {"baton.toml": SETTINGS, ".gitignore": IGNORED, **{name: _packaged(name) for name in FIRST_PROCESS}}
    for name, text in texts.items():
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            written.append(file)
    return written + copy_to(project_folder(folder))


def _packaged(name: str) -> str:
    return resources.files("api.cli").joinpath(name).read_text(encoding="utf-8")
