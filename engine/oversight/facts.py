"""The facts that records hold, one by one, each with the record that it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from engine.audit import Record

Json = Any


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of a record; `data` is what `engine.events` says beside its word."""

    record: Record
    type: str
    element_id: str
    data: Mapping[str, Json]

    @property
    def at(self) -> datetime:
        """When it was written down."""
        return self.record.at

    @property
    def instance_key(self) -> int:
        """The instance it is of; 0 for none."""
        return self.record.instance_key

    def text(self, name: str) -> str:
        """A field that is a text; empty when it is missing."""
        found = self.data.get(name)
        return "" if found is None else str(found)

    def number(self, name: str) -> int:
        """A field that is a whole number; 0 when it is missing."""
        found = self.data.get(name)
        return found if isinstance(found, int) else 0


def facts(records: Iterable[Record]) -> Iterator[Fact]:
    """Every event of the records in order; a record whose payload was erased has none."""
    for record in records:
        if record.payload is None:
            continue
        for event in msgspec.json.decode(record.payload).get("events", ()):
            yield Fact(record, event.get("type", ""), event.get("element_id", ""), event.get("data") or {})
