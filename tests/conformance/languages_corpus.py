"""What becomes of the expressions that people wrote: of every file of a corpus, how many are read, and why not.

FEEL and JUEL are compiled as a deployment would; scripts count as read when their language runs here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from bpmn import dmn, languages, read
from bpmn.dmn.model import LiteralExpression
from bpmn.errors import LanguageError, ModelError
from bpmn.model import Expression, Language, Script
from bpmn.rules.subject import Subject

READ = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One expression, or a whole file that is not read: in which kind of file, which language, and why refused."""

    kind: str
    language: str
    refused: str = READ


def print_shares(corpus: Path) -> None:
    """The table: per kind of file and language how many there are and are read, then the reasons for the others."""
    seen = Counter(_of_corpus(corpus))
    rows = dict.fromkeys((one.kind, one.language) for one in sorted(seen, key=lambda one: (one.kind, one.language)))
    print(f"\n{'expressions of the corpus':40}{'all':>8}{'read':>8}{'refused':>9}{'share read':>12}")
    for kind, language in rows:
        counted = {one.refused: count for one, count in seen.items() if (one.kind, one.language) == (kind, language)}
        total, fine = sum(counted.values()), counted.get(READ, 0)
        print(f"{f'{kind}: {language}':40}{total:8}{fine:8}{total - fine:9}{100 * fine / total:11.2f} %")
    print("\nrefused, and why")
    for one, count in seen.most_common():
        if one.refused:
            print(f"{count:6}  {one.kind}: {one.language}: {one.refused}")


def _of_corpus(corpus: Path) -> Iterator[Seen]:
    for file in sorted(corpus.rglob("*")):
        if file.suffix == ".bpmn":
            yield from _of_diagram(file.read_bytes())
        elif file.suffix == ".dmn":
            yield from _of_decisions(file.read_bytes())


# -- diagrams --------------------------------------------------------------------------------------------------------


def _of_diagram(xml: bytes) -> Iterator[Seen]:
    try:
        model = read(xml)
    except ModelError as error:
        yield Seen("BPMN", "whole file", _reason(str(error)))
        return
    for found in Subject(model, model.processes, {}).expressions:
        if found.is_checkable:
            value = found.value
            yield Seen(f"BPMN {model.dialect.value}", _language(value), _refusal(value))


def _language(value: Expression | Script) -> str:
    written = value.language.value
    return f"{written} script" if isinstance(value, Script) else written


def _refusal(value: Expression | Script) -> str:
    reason = languages.supported(value)
    if reason is not None:
        return _reason(reason)
    if value.language is Language.JAVASCRIPT:
        return READ
    try:
        languages.compile(Expression(value.text, value.language, value.line))
    except LanguageError as error:
        return _reason(str(error))
    return READ


# -- decisions -------------------------------------------------------------------------------------------------------


def _of_decisions(xml: bytes) -> Iterator[Seen]:
    try:
        definitions = dmn.read(xml, strict=False)
    except ModelError as error:
        yield Seen("DMN", "whole file", _reason(str(error)))
        return
    for literal in _literals(definitions.file):
        if literal.text not in ("", "-"):
            reasons = (_reason(str(one)) for one in definitions.problems if _is_about(one, literal))
            language = (literal.language or Language.FEEL).value
            yield Seen(f"DMN {definitions.dialect}", language, next(reasons, READ))


def _is_about(problem: ModelError, literal: LiteralExpression) -> bool:
    return problem.line == literal.line and f"`{literal.text[:77]}" in str(problem)


def _literals(part: Any) -> Iterator[LiteralExpression]:
    """Every expression in a part of the model, at any depth."""
    if isinstance(part, LiteralExpression):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _literals(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _literals(getattr(part, field.name))


def _reason(message: str) -> str:
    """The kind of a refusal: its words without the names and numbers of the one case."""
    message = message.rpartition("cannot be read: ")[2]
    return re.sub(r"\d+", "N", re.sub(r"'[^']*'|`[^`]*`|\"[^\"]*\"", "...", message)) or "cannot run here"
