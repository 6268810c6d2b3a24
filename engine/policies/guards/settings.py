"""The settings of guards, read with words for who wrote them: unknown names and wrong values are errors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from engine.errors import InvalidInput
from engine.policies.base import Ask, Deny

Json = Any


class Settings:
    """What a policy document says under `with:`, asked for by name. Raises InvalidInput."""

    def __init__(self, guard: str, given: Mapping[str, Json], known: Collection[str]) -> None:
        self._guard = guard
        self._given = given
        for name in given:
            if name not in known:
                near = get_close_matches(str(name), known, 1)
                hint = f" Did you mean '{near[0]}'?" if near else f" It knows {', '.join(sorted(known))}."
                raise InvalidInput(f"The guard '{guard}' has no setting '{str(name)[:100]}'.{hint}")

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def raw(self, name: str) -> Json:
        """Whatever was given; None for nothing."""
        return self._given.get(name)

    def word(self, name: str, among: Collection[str], otherwise: str) -> str:
        """One of several words."""
        value = self._given.get(name, otherwise)
        if value not in among:
            raise self.wrong(name, f"one of {', '.join(among)}", value)
        return str(value)

    def text(self, name: str, otherwise: str | None = None) -> str:
        """A text; required when there is no other."""
        value = self._given.get(name, otherwise)
        if not isinstance(value, str) or (otherwise is None and not value):
            raise self.wrong(name, "a text", value)
        return value

    def flag(self, name: str, otherwise: bool) -> bool:
        """True or false."""
        value = self._given.get(name, otherwise)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false", value)
        return value

    def number(self, name: str, otherwise: float, least: float, most: float) -> float:
        """A number within bounds."""
        value = self._given.get(name, otherwise)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong(name, f"a number from {least:g} to {most:g}", value)
        return float(value)

    def money(self, name: str) -> Decimal | None:
        """An amount, not negative; None when there is none."""
        value = self._given.get(name)
        if value is None:
            return None
        amount = decimal_of(value)
        if amount is None or amount < 0:
            raise self.wrong(name, "an amount of money", value)
        return amount

    def texts(self, name: str, otherwise: Iterable[str] = (), among: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of texts, each one of `among` where that is given."""
        value = self._given.get(name)
        if value is None:
            return tuple(otherwise)
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(one, str) and one for one in listed):
            raise self.wrong(name, "a list of texts", value)
        for one in listed:
            if among is not None and one not in among:
                raise self.wrong(name, f"a list out of {', '.join(among)}", one)
        return tuple(listed)

    def wrong(self, name: str, wanted: str, found: Json) -> InvalidInput:
        """The error for a value that cannot be used."""
        return InvalidInput(
            f"The setting '{name}' of the guard '{self._guard}' must be {wanted}; it is {found!r:.100}."
        )


class Reaction:
    """What a guard answers when it found something: the setting `then`, ask or deny, and the `group` to ask."""

    NAMES = ("then", "group")

    def __init__(self, settings: Settings, otherwise: str = "deny") -> None:
        self._asks = settings.word("then", ("ask", "deny"), otherwise) == "ask"
        self._group = settings.text("group", "")

    def __call__(self, reason: str, rule: str) -> Ask | Deny:
        return Ask(reason, self._group, rule) if self._asks else Deny(reason, rule)


def decimal_of(value: Json) -> Decimal | None:
    """A number or a numeral as an exact one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
