"""Reading the nested inputs of Camunda's templates: by path, and from texts, as which a diagram keeps literals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from connectors.base import Json, Permanent

CODE = "AGENT_INPUT_INVALID"
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_LONGEST_SHOWN = 100


class Fields:
    """The inputs of one element. Every reader names the input by its path, and raises Permanent for a wrong value."""

    def __init__(self, variables: Mapping[str, Json], element_id: str) -> None:
        self._variables = variables
        self._element_id = element_id

    def value(self, path: str) -> Json:
        """The value at a path such as `data.limits.maxModelCalls`; None when any part of it is missing."""
        found: Json = self._variables
        for name in path.split("."):
            if not isinstance(found, Mapping):
                return None
            found = found.get(name)
        return found

    def text(self, path: str) -> str:
        """A text; "" when there is none. A number or a truth value is taken for the text of it."""
        found = self.value(path)
        if isinstance(found, dict | list):
            return json.dumps(found, ensure_ascii=False)
        return "" if found is None else str(found).strip()

    def number(self, path: str, default: Decimal | None = None) -> Decimal | None:
        """A number of 0 or more, also written as text."""
        found = self.value(path)
        if found is None or found == "":
            return default
        try:
            number = Decimal(str(found).strip()) if not isinstance(found, bool) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0:
            raise self.wrong(path, "a number of 0 or more", found)
        return number

    def whole(self, path: str, default: int, *, least: int = 0) -> int:
        """A whole number of at least `least`."""
        number = self.number(path, Decimal(default)) or Decimal(0)
        if number != int(number) or number < least:
            raise self.wrong(path, f"a whole number of {least} or more", self.value(path))
        return int(number)

    def flag(self, path: str) -> bool:
        """A truth value, also written as text; false when there is none."""
        found = self.value(path)
        if found in (None, "", False) or str(found).strip().lower() == "false":
            return False
        if found is True or str(found).strip().lower() == "true":
            return True
        raise self.wrong(path, "true or false", found)

    def parsed(self, path: str) -> Json:
        """A value that may be written as the text of its JSON."""
        found = self.value(path)
        if not isinstance(found, str) or not found.strip():
            return None if found == "" else found
        try:
            return json.loads(found)
        except (ValueError, RecursionError):
            raise self.wrong(path, "JSON", found) from None

    def seconds(self, path: str) -> float | None:
        """A duration such as PT30S; None when there is none."""
        text = self.text(path)
        match = _DURATION.fullmatch(text)
        if not text:
            return None
        if match is None or not any(match.groups()):
            raise self.wrong(path, "a duration such as PT30S", text)
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return (hours * 60 + minutes) * 60 + seconds

    def one_of(self, path: str, known: tuple[str, ...]) -> str:
        """One of the known words; the first one when there is none."""
        text = self.text(path) or known[0]
        if text not in known:
            raise self.wrong(path, f"one of {', '.join(known)}", text)
        return text

    def wrong(self, path: str, expected: str, found: Json) -> Permanent:
        """What to raise for a value that cannot be used."""
        shown = json.dumps(found, ensure_ascii=False, default=str)
        shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
        return Permanent(f"Agent '{self._element_id}': input '{path}' must be {expected}, but is {shown}.", code=CODE)
