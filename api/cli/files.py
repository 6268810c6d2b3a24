"""Finding the files that belong to a process: diagrams, decisions and forms, single or in folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

SUFFIXES = (".bpmn", ".dmn", ".form", ".rpa", ".agent.yaml", ".agent.yml", ".policy.yaml", ".policy.yml")
ALSO = (".js", ".groovy", ".py", ".feel", ".juel", ".html", ".htm")  # scripts and HTML forms that a diagram names


def collect(paths: Iterable[Path], *, unique_names: bool = True) -> list[Path]:
    """The deployable files among `paths`, folders searched through; hidden folders are left out.

    Of scripts and HTML forms in a folder only those are taken whose name stands in one of its diagrams.

    Raises a usage error when a file is of another kind, when nothing is found, or, with `unique_names`, when two files
    have one name (a deployment knows its files by name).
    """
    found: dict[Path, None] = {}
    for path in paths:
        for file in _files_of(path):
            found.setdefault(file)
    if not found:
        raise click.UsageError(f"No {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file found.")
    if unique_names:
        _refuse_equal_names(found)
    return list(found)


def _files_of(path: Path) -> Iterator[Path]:
    if path.is_dir():
        inside = (file for file in path.rglob("*") if _is_deployable(file) and file.is_file())
        found = sorted(file for file in inside if not _is_hidden(file.relative_to(path)))
        yield from found
        yield from _named_by(found, path)
    elif _is_deployable(path) or path.suffix.lower() in ALSO:
        yield path
    else:
        raise click.UsageError(f"{path} is neither a folder nor a {', '.join(SUFFIXES)} file.")


def _is_deployable(file: Path) -> bool:
    return file.name.lower().endswith(SUFFIXES)


def _named_by(files: Iterable[Path], folder: Path) -> Iterator[Path]:
    """Scripts and HTML forms that are named in a diagram of this folder."""
    text = b"".join(file.read_bytes() for file in files if file.suffix.lower() == ".bpmn")
    inside = (file for file in folder.rglob("*") if file.suffix.lower() in ALSO and file.is_file())
    named = (file for file in inside if f"/{file.name}".encode() in text or f":{file.name}".encode() in text)
    yield from sorted(file for file in named if not _is_hidden(file.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts) or "node_modules" in path.parts


def _refuse_equal_names(files: Iterable[Path]) -> None:
    seen: dict[str, Path] = {}
    for file in files:
        if file.name in seen:
            raise click.UsageError(f"{seen[file.name]} and {file} have the same name; deploy them one at a time.")
        seen[file.name] = file


def stamps(paths: Iterable[Path]) -> dict[Path, int]:
    """When each deployable file was last written, in nanoseconds; files that vanish meanwhile are left out."""
    found = {}
    for path in paths:
        for file in _files_of(path):
            try:
                found[file] = file.stat().st_mtime_ns
            except OSError:
                continue
    return found
