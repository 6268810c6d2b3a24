"""Baton's own source as data, for the house tests: which files there are, what they import, call and define."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bpmn", "engine", "connectors", "api")
_NOT_OURS = {"build", "dist", "node_modules", "__pycache__"}


def modules(*folders: str) -> list[Path]:
    """The Python files below the folders (the four packages unless named), sorted."""
    return sorted(file for folder in folders or PACKAGES for file in (ROOT / folder).rglob("*.py") if _is_ours(file))


def text_files() -> list[Path]:
    """Every file of the project that is text and written by a person, sorted."""
    return sorted(file for file in ROOT.rglob("*") if file.is_file() and _is_ours(file) and _is_written(file))


def name(file: Path) -> str:
    """The path as a reader looks for it."""
    return file.relative_to(ROOT).as_posix()


def dotted(file: Path) -> str:
    """The name that a module is imported by."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_bytes(), filename=str(file))


@cache
def imported(file: Path) -> frozenset[str]:
    """The modules that a file names in its import statements; relative ones keep their dots."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return frozenset(found)


@cache
def called(file: Path) -> tuple[tuple[str, int], ...]:
    """What a file calls, by dotted name (`eval`, `connection.commit`; `?.commit` on what has no name), and the line."""
    nodes = (node for node in ast.walk(tree(file)) if isinstance(node, ast.Call))
    return tuple((_dotted(node.func), node.lineno) for node in nodes)


def public_classes(file: Path) -> Iterator[str]:
    """The classes that a module defines at its top level for others."""
    for node in tree(file).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def mentioned(pattern: str, *folders: str) -> dict[str, set[str]]:
    """What in the modules' text matches the pattern, and where."""
    found: dict[str, set[str]] = {}
    for file in modules(*folders):
        for match in re.findall(pattern, file.read_text()):
            found.setdefault(match, set()).add(name(file))
    return found


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _is_ours(file: Path) -> bool:
    parts = file.relative_to(ROOT).parts
    return _NOT_OURS.isdisjoint(parts) and not any(part.startswith(".") and part != ".ci" for part in parts)


def _is_written(file: Path) -> bool:
    return file.suffix in {".py", ".md", ".toml", ".bpmn", ".dmn", ".form", ".json", ".html", ".css", ".js", ""}
