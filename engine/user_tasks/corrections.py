"""What a task listener may correct of a user task, checked: names as the runtime has them, values of the right type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.errors import InvalidInput
from engine.variables import checked_text

Json = Any

_NAMES = {
    "assignee": "assignee",
    "dueDate": "due_at",
    "followUpDate": "follow_up_at",
    "candidateUsers": "candidate_users",
    "candidateGroups": "candidate_groups",
    "priority": "priority",
}
HIGHEST_PRIORITY = 100


def corrected(given: Mapping[str, Json], *, may_assign: bool = True) -> dict[str, Json]:
    """The corrections by the runtime's names: null keeps and is left out, "" and [] clear (zeebe-extensions §9).

    Dates come out as ISO text in UTC. Raises `InvalidInput` for what no task has or has not like this.
    """
    names = [name for name in _NAMES if may_assign or name != "assignee"]
    unknown = sorted(set(given) - set(names))
    if unknown:
        known = ", ".join(names)
        raise InvalidInput(f"A user task has no '{unknown[0]}' to correct.", {f"corrections.{unknown[0]}": known})
    return {_NAMES[name]: _checked(name, value) for name, value in given.items() if value is not None}


def dated(changes: Mapping[str, Json]) -> dict[str, Any]:
    """The same with dates as dates."""
    dates = {name: datetime.fromisoformat(changes[name]) for name in ("due_at", "follow_up_at") if changes.get(name)}
    return {**changes, **dates}


def _checked(name: str, value: Json) -> Json:
    if name == "priority":
        return _priority(value)
    if name.startswith("candidate"):
        return _names(name, value)
    if not isinstance(value, str):
        raise _wrong(name, "a text")
    if name == "assignee":
        return checked_text(value, name) or None
    return _date(name, value) if value else None


def _priority(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HIGHEST_PRIORITY:
        raise _wrong("priority", f"a whole number from 0 to {HIGHEST_PRIORITY}")
    return value


def _names(name: str, value: Json) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise _wrong(name, "a list of names")
    return [checked_text(one, name) or "" for one in value]


def _date(name: str, value: str) -> str:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise _wrong(name, "a date and time such as 2026-03-01T12:00:00Z") from None
    if found.tzinfo is None:
        raise _wrong(name, "a date and time with an offset")
    return found.astimezone(UTC).isoformat()


def _wrong(name: str, expected: str) -> InvalidInput:
    return InvalidInput(f"'{name}' must be {expected}.", {f"corrections.{name}": expected})
