"""What Camunda 7's decision results answer to: lists of rows, a row being a map of outputs (DmnDecisionResult)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.errors import EvaluationError

Row = dict[str, Any]


def _single_result(rows: list[Row]) -> Row | None:
    if len(rows) > 1:
        raise EvaluationError(f"getSingleResult takes one matched rule, but {len(rows)} did.")
    return rows[0] if rows else None


def _single_entry(rows: list[Row]) -> Any:
    row = _single_result(rows)
    return _entry(row) if row else None


def _entry(row: Row) -> Any:
    if len(row) > 1:
        raise EvaluationError(f"getSingleEntry takes one output, but there are {len(row)}.")
    return next(iter(row.values()), None)


def _collect(rows: list[Row], name: Any) -> list[Any]:
    return [row[name] for row in rows if name in row]


ROWS: dict[str, Callable[..., Any]] = {
    "getFirstResult": lambda rows: rows[0] if rows else None,
    "getSingleResult": _single_result,
    "getSingleEntry": _single_entry,
    "getResultList": list,
    "collectEntries": _collect,
}
ROW: dict[str, Callable[..., Any]] = {
    "getFirstEntry": lambda row: next(iter(row.values()), None),
    "getSingleEntry": _entry,
    "getEntryMap": dict,
}
