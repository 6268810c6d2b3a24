"""`baton templates`: element templates, put where Camunda Modeler looks for them.

Modeler reads `resources/element-templates` of its user folder, and `.camunda/element-templates` next to a diagram or in
any folder above it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import click

from api.cli.console import Exit, Failure, Group, say, show


@click.group(cls=Group)
def templates() -> None:
    """Element templates for Camunda Modeler."""


@templates.command("install")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="A folder of your choice.")
@click.option("--project", is_flag=True, help="Into .camunda/element-templates of this folder.")
def install(folder: Path | None, project: bool) -> None:
    """Put Baton's element templates where Camunda Modeler finds them; Modeler shows them after it got the focus."""
    if folder and project:
        raise click.UsageError("--to and --project exclude each other.")
    target = folder or (
        project_folder(Path.cwd()) if project else modeler_folder(sys.platform, os.environ, Path.home())
    )
    written = copy_to(target)
    files = [str(file) for file in written]
    show({"folder": str(target), "files": files}, "\n".join(files))
    say(f"{len(files)} templates installed.")


def project_folder(directory: Path) -> Path:
    """Where Modeler looks for the templates of the diagrams in and below a folder."""
    return directory / ".camunda" / "element-templates"


def modeler_folder(platform: str, environ: Mapping[str, str], home: Path) -> Path:
    """Modeler's own folder for templates: Electron's user data, which differs by operating system."""
    if platform == "darwin":
        base = home / "Library" / "Application Support"
    elif platform == "win32":
        base = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "camunda-modeler" / "resources" / "element-templates"


def copy_to(target: Path) -> list[Path]:
    """Write every template into a folder, replacing older ones of the same name; the files written."""
    found = sorted(
        (item for item in resources.files("connectors").joinpath("templates").iterdir() if item.name.endswith(".json")),
        key=lambda item: item.name,
    )
    if not found:
        raise Failure("This installation of Baton holds no element templates; install it again.", Exit.FAILED)
    try:
        target.mkdir(parents=True, exist_ok=True)
        written = []
        for item in found:
            file = target / f"baton-{item.name}"
            file.write_bytes(item.read_bytes())
            written.append(file)
    except OSError as error:
        raise Failure(f"Cannot write to {target}: {error.strerror}. Choose a folder with --to.") from error
    return written
