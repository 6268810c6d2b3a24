"""The guard `sanctions`: whoever is paid or served is looked for on lists of names, with names as people write them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from connectors.base import Request, ToolUse
from engine.policies.base import Allow, Ask, Deny, Facts, Verdict
from engine.policies.guards.material import at_path
from engine.policies.guards.names import alike, words_of
from engine.policies.guards.settings import Settings

Json = Any

ASK_FROM, DENY_FROM = 0.86, 0.95
_SHORTLIST = 60
_COLUMNS = ("name", "names", "alias", "aliases", "aka", "whole_name", "wholename")


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that is like the name that was looked for."""

    id: str
    name: str
    score: float


class SanctionsList:
    """A list of names with their ids, prepared for comparison. `version` is the first of its SHA-256."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        self._entries = [(id_, name, words) for id_, name in entries if (words := words_of(name))]
        self.version = sha256(json.dumps(sorted(entries)).encode()).hexdigest()[:12]

    @classmethod
    def read(cls, text: str) -> SanctionsList:
        """From CSV with a header (name, aliases divided by ;, id) or JSON (names, or objects with name, aliases, id).

        Raises ValueError.
        """
        rows = json.loads(text) if text.lstrip()[:1] in ("[", "{") else list(csv.DictReader(io.StringIO(text)))
        rows = rows.get("entries") if isinstance(rows, dict) else rows
        if not isinstance(rows, list):
            raise ValueError("it must be a list of names")
        entries = [entry for at, row in enumerate(rows, 1) for entry in _entries(row, at)]
        if not entries:
            raise ValueError("it holds no name; a CSV needs a column 'name'")
        return cls(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def screen(self, name: str, least: float = ASK_FROM) -> list[Hit]:
        """The entries that are like a name, the likeliest first; one hit for each id."""
        from rapidfuzz import fuzz, process

        words = words_of(name[:300])
        if not words:
            return []
        near = process.extract(
            " ".join(sorted(words)),
            self._joined,
            scorer=fuzz.token_set_ratio,
            processor=None,
            limit=_SHORTLIST,
            score_cutoff=50,
        )
        near += process.extract(
            " ".join(sorted(words)), self._joined, scorer=fuzz.ratio, processor=None, limit=_SHORTLIST, score_cutoff=60
        )
        best: dict[str, Hit] = {}
        for _, _, at in near:
            id_, listed, theirs = self._entries[at]
            score = round(alike(words, theirs), 3)
            if score >= least and (id_ not in best or best[id_].score < score):
                best[id_] = Hit(id_, listed, score)
        return sorted(best.values(), key=lambda hit: -hit.score)

    @cached_property
    def _joined(self) -> list[str]:
        return [" ".join(sorted(words)) for _, _, words in self._entries]


def _entries(row: Json, at: int) -> Iterator[tuple[str, str]]:
    if isinstance(row, str):
        yield str(at), row
        return
    if not isinstance(row, Mapping):
        raise ValueError(f"entry {at} is neither a name nor an object")
    given = {str(name).strip().lower(): value for name, value in row.items() if name}
    id_ = str(given.get("id") or at)
    for column in _COLUMNS:
        value = given.get(column) or ()
        for name in value.split(";") if isinstance(value, str) else value:
            if str(name).strip():
                yield id_, str(name).strip()


class SanctionsScreening:
    """Settings: `list` (CSV or JSON as text, or a list of names), `fields` (paths in a tool's arguments or a job's
    variables that hold names), `ask` and `deny` (scores from which it does; 0.86 and 0.95), `group`.

    A field that is not there, or holds no name, denies: who is not named cannot be screened.
    """

    name = "sanctions"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, ("list", "fields", "ask", "deny", "group"))
        source = settings.raw("list")
        try:
            self._list = SanctionsList.read(source if isinstance(source, str) else json.dumps(source))
        except ValueError as problem:
            raise settings.wrong("list", f"a sanctions list ({problem})", source) from None
        self._fields = settings.texts("fields", ("name",))
        self._ask = settings.number("ask", ASK_FROM, 0.5, 1.0)
        self._deny = settings.number("deny", DENY_FROM, self._ask, 1.0)
        self._group = settings.text("group", "")
        self.version = f"1, list {self._list.version}"

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """Screen a tool's arguments."""
        return self._screen(use.arguments)

    def before(self, request: Request) -> Verdict[Request]:
        """Screen a job's variables."""
        return self._screen(request.variables)

    def _screen(self, values: Mapping[str, Json]) -> Verdict[Any]:
        worst: Hit | None = None
        for field in self._fields:
            names = _names(at_path(values, field))
            if not names:
                return Deny(f"'{field}' holds no name, so nobody can be screened.", "no name")
            for hit in (hit for name in names for hit in self._list.screen(name, self._ask)[:1]):
                worst = hit if worst is None or hit.score > worst.score else worst
        if worst is None:
            return Allow("clear")
        said = f"The name is like entry {worst.id} of the sanctions list, '{worst.name}' (score {worst.score:.2f})."
        rule = f"entry {worst.id}, {worst.score:.2f}"
        return Deny(said, rule) if worst.score >= self._deny else Ask(said, self._group, rule)


def _names(value: Json) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return (
        [one for one in listed if isinstance(one, str) and words_of(one)]
        if all(isinstance(one, str) and one.strip() for one in listed)
        else []
    )
