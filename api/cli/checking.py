"""`baton check`: the rules of a deployment, without a server or a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.console import Command, Exit, Failure, Json, say, show, wants_json
from api.cli.files import collect
from api.cli.findings import shown_findings

if TYPE_CHECKING:
    from bpmn import Finding


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings fail too.")
def check(paths: tuple[Path, ...], strict: bool) -> None:
    """Look for mistakes in diagrams, decisions and forms.

    Files of one folder are judged together, as they would be deployed. Prints `file:line: severity: element: what is
    wrong`, and how to put it right. Exit code 3 when there are errors.
    """
    files = collect(paths, unique_names=False)
    findings = [finding for together in _sets(files) for finding in _findings_of(together)]
    count = {name: sum(finding["severity"] == name for finding in findings) for name in ("error", "warning")}
    is_wrong = bool(count["error"] or (strict and count["warning"]))
    summary = (
        f"{_number(len(files), 'file')}: {_number(count['error'], 'error')}, {_number(count['warning'], 'warning')}"
    )
    data = {"files": [str(file) for file in files], "findings": findings, "errors": count["error"], "ok": not is_wrong}
    if is_wrong and wants_json():
        raise Failure(summary, Exit.LINT, code="lint-errors", details=data)
    show(data, lambda: shown_findings(findings))
    if is_wrong:
        raise Failure(summary, Exit.LINT, code="lint-errors")
    say(summary)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _sets(files: Iterable[Path]) -> list[Sequence[Path]]:
    """The files by folder; those of a folder with more than a deployment may have, one at a time."""
    from engine.deployments.files import MOST_FILES

    folders: dict[Path, list[Path]] = defaultdict(list)
    for file in files:
        folders[file.parent].append(file)
    sets: list[Sequence[Path]] = []
    for inside in folders.values():
        sets += [inside] if len(inside) <= MOST_FILES else [[file] for file in inside]
    return sets


def _findings_of(files: Sequence[Path]) -> list[dict[str, Json]]:
    from connectors.registry import Registry
    from engine.deployments import NamedFile
    from engine.deployments.files import read_all
    from engine.errors import ModelRejected

    places = {file.name: file for file in files}
    findings: Mapping[str, Sequence[Finding]]
    try:
        # What is deployed elsewhere is not known here: a reference to it gets a remark, not an error.
        named = [NamedFile(file.name, file.read_bytes()) for file in files]
        _, findings = read_all(named, known=(), now=datetime.now(UTC), served=Registry().types())
    except ModelRejected as rejected:
        findings = rejected.findings
    return [_as_json(finding, places[name]) for name, found in findings.items() for finding in found]


def _as_json(finding: Finding, file: Path) -> dict[str, Json]:
    return {
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        "file": str(file),
        "element": finding.element,
        "line": finding.line,
        "hint": finding.hint,
    }
