"""Forms and answers, made by chance from a seed, for comparing verdicts with form-js."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Json = Any

_TEXTS = [
    "",
    " ",
    "a",
    "abc",
    "  ab  ",
    "C-12",
    "C-",
    "x@example.org",
    "a@b",
    "a b@c.de",
    "+4930664040900",
    "004930",
    "ä€😀",
]
_TEXTS += [
    "12",
    "+1 202 555 0100",
    "+12025550100",
    "line\nline",
    "$100",
    "a.b+c@mail.example.com",
    "@",
    "tel +4930664040900",
]
_NUMBERS = [0, 1, -1, 5, 10, 2.5, 0.1, 0.30, 1.255, -7.75, 100, 1e6, 3]
_PATTERNS = [
    "^C-[0-9]+$",
    "[0-9]",
    "^a?b*$",
    r"^\w+$",
    r"\s",
    "^[^@]+@[^@]+$",
    "(?<year>\\d{4})",
    "b$",
    "[a-c]{2,}",
    r"\/",
]
_OPTIONS: list[list[Json]] = [
    [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}],
    [{"label": "One", "value": 1}, {"label": "Yes", "value": True}],
    ["p", "q"],
    [{"label": "None"}, {"value": "only"}, {"label": "", "value": "x"}, {"label": "Empty", "value": ""}],
]
_CONDITIONS = ["=limit = 5", "=limit > 5", "=this.limit = 5", "=missing", "=false", "=true", "=not(limit = 5)"]
_CONDITIONS += [
    "=limit in [1..3]",
    "=missing = 3",
    "=missing > 3",
    '="text"',
    "=limit",
    "=parent = null",
    "=count(i) > 0",
]
_CHOSEN = ["a", "b", 1, True, "p", "only", "x", "zzz", None]


class Forms:
    """A source of cases; the same seed gives the same cases again."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def case(self) -> tuple[dict[str, Json], dict[str, Json]]:
        """A schema and the data to judge."""
        self.count = 0
        data: dict[str, Json] = {
            "known": self.pick([["p", "q"], [{"label": "A", "value": "a"}], [], "none"]),
            "limit": 5,
        }
        components = [self.component(data, depth=0) for _ in range(self.random.randint(2, 6))]
        return {"type": "default", "components": components}, data

    def pick(self, choices: list[Json]) -> Json:
        return self.random.choice(choices)

    def maybe(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def component(self, data: dict[str, Json], depth: int) -> dict[str, Json]:
        self.count += 1
        id_ = f"f{self.count}"
        if depth < 2 and self.maybe(0.2):
            return self.container(data, depth, id_)
        kind = self.pick(list(_MAKERS))
        part = {"id": id_, "key": id_, "type": kind, "label": id_.upper()}
        value = _MAKERS[kind](self, part)
        validate = part.setdefault("validate", {})
        if self.maybe(0.4):
            validate["required"] = self.pick([True, True, False])
        if self.maybe(0.15):
            part["conditional"] = {"hide": self.pick(_CONDITIONS)}
        if self.maybe(0.08):
            part["disabled"] = True
        if self.maybe(0.8):
            data[id_] = value
        elif self.maybe(0.3) and kind in ("textfield", "textarea", "number"):
            part["defaultValue"] = value
        return part

    def container(self, data: dict[str, Json], depth: int, id_: str) -> dict[str, Json]:
        count = self.random.randint(1, 3)
        if self.maybe():
            has_path = self.maybe()
            inner = data.setdefault(id_, {}) if has_path else data
            parts = [self.component(inner, depth + 1) for _ in range(count)]
            group = {"id": id_, "type": "group", "components": parts, **({"path": id_} if has_path else {})}
            return group | ({"conditional": {"hide": "=limit = 5"}} if self.maybe(0.2) else {})
        first: dict[str, Json] = {}
        parts = [self.component(first, depth + 1) for _ in range(count)]
        data[id_] = [first, {}, dict(first)][: self.random.randint(0, 3)]
        return {"id": id_, "type": "dynamiclist", "path": id_, "isRepeating": True, "components": parts}

    # -- components ------------------------------------------------------------------------------------------------

    def text(self, part: dict[str, Json]) -> Json:
        rules: dict[str, Json] = {}
        if self.maybe(0.3):
            rules["minLength"] = self.pick([0, 1, 3, "=limit", "=missing"])
        if self.maybe(0.3):
            rules["maxLength"] = self.pick([0, 2, 4, "=limit", 20])
        if self.maybe(0.3):
            rules["pattern"] = self.pick(_PATTERNS)
        if self.maybe(0.3):
            rules["validationType"] = self.pick(["email", "phone", "custom"])
        part["validate"] = rules
        return self.pick(_TEXTS)

    def number(self, part: dict[str, Json]) -> Json:
        rules: dict[str, Json] = {}
        if self.maybe(0.4):
            rules["min"] = self.pick([0, 1, -5, 2.5, "=limit", "=limit - 10", "=missing", "3"])
        if self.maybe(0.4):
            rules["max"] = self.pick([0, 10, 2.5, "=limit", "=missing"])
        if self.maybe(0.3):
            part["decimalDigits"] = self.pick([0, 1, 2])
        if self.maybe(0.3):
            part["increment"] = self.pick(["0.1", "1", "2.5", 5, "0.05"])
        part["validate"] = rules
        return self.pick([*_NUMBERS, None, "12", "2.50"])

    def checkbox(self, part: dict[str, Json]) -> Json:
        return self.pick([True, False, None])

    def options(self, part: dict[str, Json]) -> None:
        source = self.pick(["values", "values", "valuesKey", "valuesExpression"])
        part[source] = {"values": self.pick(_OPTIONS), "valuesKey": self.pick(["known", "missing"])}.get(
            source, "=known"
        )

    def one(self, part: dict[str, Json]) -> Json:
        self.options(part)
        return self.pick(_CHOSEN)

    def some(self, part: dict[str, Json]) -> Json:
        self.options(part)
        return self.random.sample(_CHOSEN[:-1], self.random.randint(0, 2))

    def moment(self, part: dict[str, Json]) -> Json:
        part["subtype"] = self.pick(["date", "time", "datetime"])
        return self.pick(
            ["2025-12-31", "18:30", "2025-12-31T18:30", "2025-12-31T18:30Z", "10:00+02:00", "soon", "", None]
        )


_MAKERS: dict[str, Callable[[Forms, dict[str, Json]], Json]] = {
    "textfield": Forms.text,
    "textarea": Forms.text,
    "number": Forms.number,
    "checkbox": Forms.checkbox,
    "radio": Forms.one,
    "select": Forms.one,
    "checklist": Forms.some,
    "taglist": Forms.some,
    "datetime": Forms.moment,
}
