"""Inputs for decision tables: for each of their rules values that make it match, found by trying its own cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bpmn import dmn, feel
from bpmn.dmn.model import DecisionTable, Input, Rule
from bpmn.errors import EvaluationError, LanguageError, ModelError
from tests.conformance.bpmn_corpus_values import around, literals

Json = Any
Path = tuple[str, ...]
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MOST_TRIES = 60
_BY_TYPE: dict[str, Json] = {
    "boolean": True,
    "integer": 3,
    "long": 3,
    "number": 3,
    "double": 3,
    "date": "2026-02-01T09:00:00",
    "string": "text",
}
_USUAL: tuple[Json, ...] = (True, False, 0, 1, 3, 1000, "text", "", "2026-02-01")


def matching(files: Iterable[bytes]) -> list[list[dict[Path, Json]]]:
    """For each decision table the inputs that make its rules match, those with other outputs first."""
    found = []
    for file in files:
        try:
            decisions = dmn.read(file, strict=False).decisions
        except (ModelError, LanguageError, EvaluationError):
            continue
        tables = (one.logic for one in decisions if isinstance(one.logic, DecisionTable))
        found += [rows for table in tables if (rows := _rows(table))]
    return found


def _rows(table: DecisionTable) -> list[dict[Path, Json]]:
    seen: set[tuple[str, ...]] = set()
    fresh, repeated = [], []
    for rule in table.rules:
        outputs = tuple(one.text for one in rule.outputs)
        inputs = _inputs(table, rule)
        if inputs is not None:
            (repeated if outputs in seen else fresh).append(inputs)
            seen.add(outputs)
    return fresh + repeated


def _inputs(table: DecisionTable, rule: Rule) -> dict[Path, Json] | None:
    found: dict[Path, Json] = {}
    for column, test in zip(table.inputs, rule.tests, strict=True):
        path = _path(column)
        if path is not None:
            values = list(islice(_fitting(column, test.text.strip()), 1))
            if not values:
                return None
            found[path] = values[0]
    return found


def _path(column: Input) -> Path | None:
    """The variable that a column reads: by a path, or without an expression by the name that Camunda 7 gives it."""
    text = column.expression.text.strip()
    if not text:
        return (column.variable,) if column.variable else None
    return tuple(text.split(".")) if _NAME.fullmatch(text) else None


def _fitting(column: Input, test: str) -> Iterator[Json]:
    usual = _BY_TYPE.get(column.expression.type, "text")
    if test in ("", "-"):
        yield usual
        return
    for value in islice((*around(literals(test.replace("..", " "))), usual, *_USUAL), _MOST_TRIES):
        try:
            if feel.evaluate_unary(test, value, dialect="camunda") is True:
                yield value
        except (EvaluationError, LanguageError):
            continue
