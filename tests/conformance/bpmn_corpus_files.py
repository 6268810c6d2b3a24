"""A folder of diagrams: what is in it, whose dialect each file speaks, and which files belong together.

Any tree of .bpmn, .dmn and .form files will do. A `manifest.csv` at its top (columns `file`, `flavour`, `source_repo`,
`path_in_repo`) says more where files of many repositories lie side by side.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import bpmn
from bpmn import dmn, forms
from bpmn.errors import LanguageError, ModelError
from bpmn.model import Dialect, Expression, Model, Process, walk

FLAVOURS = ("camunda 8", "camunda 7", "activiti", "flowable", "operaton", "jbpm", "spiff", "plain")
MOST_COMPANIONS = 40
_SPOKEN = {"zeebe": "camunda 8", "camunda": "camunda 7"}
_MARKS = (
    (b"spiffworkflow.org/", "spiff"),
    (b"jboss.org/drools", "jbpm"),
    (b"flowable.org/bpmn", "flowable"),
    (b"operaton.org/schema", "operaton"),
    (b"activiti.org/bpmn", "activiti"),
)
Reference = tuple[str, str]  # kind ("process", "decision", "form", "resource") and id


@dataclass(frozen=True)
class Piece:
    """One file: what it defines, what it asks for. `model` is there for diagrams that could be read."""

    path: Path
    file: str  # as the reports name it
    repository: str
    place: PurePosixPath
    told: Mapping[str, str]
    flavour: str = ""
    model: Model | None = None
    unreadable: str = ""
    defines: frozenset[Reference] = frozenset()
    asks: frozenset[Reference] = frozenset()

    @property
    def name(self) -> str:
        return self.path.name


@dataclass
class Corpus:
    """Every file below a folder, and the way from an id to the file that defines it."""

    folder: Path
    pieces: list[Piece] = field(default_factory=list)
    _homes: dict[Reference, list[Piece]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        told = _manifest(self.folder)
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in (".bpmn", ".dmn", ".form") and path.is_file():
                file = path.relative_to(self.folder).as_posix()
                piece = read_piece(path, file, told.get(file, {}))
                self.pieces.append(piece)
                for reference in piece.defines:
                    self._homes[reference].append(piece)

    def diagrams(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.path.suffix == ".bpmn"]

    def companions(self, diagram: Piece) -> list[Piece]:
        """What the diagram refers to, directly or not, and its repository has; the nearest file of each id."""
        found: dict[Path, Piece] = {}
        waiting, defined = sorted(diagram.asks), set(diagram.defines)
        while waiting and len(found) < MOST_COMPANIONS:
            reference = waiting.pop(0)
            home = None if reference in defined else self._nearest(reference, diagram)
            if home is None or home.path in found or home.defines & defined:
                continue
            found[home.path] = home
            defined |= home.defines
            waiting += sorted(home.asks)
        return list(found.values())

    def _nearest(self, reference: Reference, diagram: Piece) -> Piece | None:
        same = [piece for piece in self._homes.get(reference, ()) if piece.repository == diagram.repository]
        same = [piece for piece in same if piece.path != diagram.path]
        return max(same, key=lambda piece: (_shared(piece.place, diagram.place), piece.name), default=None)


def _shared(left: PurePosixPath, right: PurePosixPath) -> int:
    """How many folders two places have in common, from the top."""
    pairs = zip(left.parent.parts, right.parent.parts, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), len(left.parent.parts))


def _manifest(folder: Path) -> Mapping[str, Mapping[str, str]]:
    file = folder / "manifest.csv"
    if not file.is_file():
        return {}
    with file.open(newline="", encoding="utf-8") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}


def read_piece(path: Path, file: str, told: Mapping[str, str]) -> Piece:
    """Read one file; `told` is its line of the manifest, if there is one."""
    # Without a manifest a repository is a folder: its parts lie beside each other.
    known: dict[str, Any] = {
        "path": path,
        "file": file,
        "told": told,
        "repository": told.get("source_repo") or str(path.parent),
        "place": PurePosixPath(told.get("path_in_repo") or path.as_posix()),
    }
    content = path.read_bytes()
    try:
        if path.suffix == ".bpmn":
            return _read_diagram(content, path.name, told.get("flavour", ""), known)
        if path.suffix == ".dmn":
            return Piece(**known, defines=frozenset(("decision", one.id) for one in dmn.read(content).decisions))
        return Piece(**known, defines=frozenset({("form", forms.read(content).id)}))
    except (ModelError, LanguageError) as error:
        return Piece(**known, flavour=flavour_of(told.get("flavour", ""), content, None), unreadable=str(error))


def _read_diagram(content: bytes, name: str, told: str, known: Mapping[str, Any]) -> Piece:
    model = bpmn.read(content, source=name)
    return Piece(
        **known,
        flavour=flavour_of(told, content, model),
        model=model,
        defines=frozenset(("process", process.id) for process in model.executable),
        asks=frozenset(reference for process in model.executable for reference in references(process)),
    )


def flavour_of(told: str, content: bytes, model: Model | None) -> str:
    """Whose engine a file was drawn for: as told, or by the extensions it uses."""
    told = _SPOKEN.get(told, told)
    if told in FLAVOURS:
        return told
    if model is not None and model.dialect is Dialect.CAMUNDA8:
        return "camunda 8"
    marked = next((flavour for mark, flavour in _MARKS if mark in content), "")
    return marked or ("camunda 7" if model is not None and model.dialect is Dialect.CAMUNDA7 else "plain")


def references(process: Process) -> Iterator[Reference]:
    """The ids that a process names as plain text."""
    for kind, expression in named(process):
        if expression.is_literal and expression.text:
            yield kind, expression.text


def named(process: Process) -> Iterator[tuple[str, Expression]]:
    """Every expression that names a process, decision, form or any other file, with its kind."""
    for node in walk(process.nodes):
        form = node.form or (node.user_task.form if node.user_task else None)
        names = {
            "process": node.called.process_id if node.called else None,
            "decision": node.decision.decision_id if node.decision else None,
            "form": form.id if form else None,
        }
        yield from ((kind, expression) for kind, expression in names.items() if expression is not None)
        yield from (("resource", linked.id) for linked in (node.job.linked if node.job else ()))


def plain_name(text: str) -> str:
    """A text as an XML id."""
    return re.sub(r"\W", "_", text)
