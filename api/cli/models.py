"""`baton models`: weights of local language models."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from api.cli.console import Group, say, show, table

DEFAULT_MODEL = "smollm2"
_TICK_SECONDS = 5.0


@click.group(cls=Group)
def models() -> None:
    """Local language models: install, list."""


@models.command("list")
def list_() -> None:
    """Models on this machine, and those that could be installed."""
    from connectors.llm import models as weights

    place = directory()
    here = {found.name: found for found in weights.installed(place)}
    items = [
        {"name": found.name, "installed": True, "path": str(found.path), "description": found.description}
        for found in here.values()
    ]
    items += [
        {"name": known.name, "installed": False, "path": "", "description": known.description}
        for known in weights.KNOWN.values()
        if known.name not in here
    ]
    show({"directory": str(place), "items": items}, lambda: table(items, ("name", "installed", "description", "path")))


@models.command("install")
@click.argument("name", default=DEFAULT_MODEL)
def install(name: str) -> None:
    """Install a model's weights (smollm2: 98 MB, Apache-2.0) and check their hash."""
    path = install_with_progress(name)
    show({"name": name, "path": str(path), "size_bytes": path.stat().st_size}, str(path))


def directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Where weights are kept: BATON_MODELS_DIR, or the user's cache, so that every project finds them."""
    from connectors.llm import models as weights

    given = environ.get(weights.DIRECTORY_VARIABLE)
    return Path(given).expanduser() if given else weights.directory()


def install_with_progress(name: str, place: Path | None = None) -> Path:
    """Install a model, with a sign of life on standard error while the download takes its time."""
    from connectors.llm import models as weights

    with _signs_of_life():
        return weights.install(name, place or directory(), progress=say)


@contextmanager
def _signs_of_life() -> Iterator[None]:
    """Says every few seconds how long it has been; a terminal sees one line that is written over."""
    done = threading.Event()
    began = time.monotonic()

    def tell() -> None:
        while not done.wait(_TICK_SECONDS):
            text = f"  ... {time.monotonic() - began:.0f} s"
            click.echo(f"\r{text}" if sys.stderr.isatty() else text, err=True, nl=not sys.stderr.isatty())

    threading.Thread(target=tell, name="progress", daemon=True).start()
    try:
        yield
    finally:
        done.set()
        if sys.stderr.isatty():
            click.echo("\r", err=True, nl=False)
