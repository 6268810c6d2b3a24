"""The guard `injection`: documents and tool results that try to give orders to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.policies.base import Allow, Facts, Message, Verdict
from engine.policies.guards.injection import SUSPECT, suspect
from engine.policies.guards.material import outsiders
from engine.policies.guards.settings import Reaction, Settings

Json = Any


class InjectionDetection:
    """Settings: `then` (ask, deny or note; default ask), `threshold` (default 0.5), `group` (who is asked)."""

    name, version = "injection", "1"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, (*Reaction.NAMES, "threshold"))
        self._only_notes = settings.raw("then") == "note"
        kept = {name: value for name, value in given.items() if name != "then" or not self._only_notes}
        self._react = Reaction(Settings(self.name, kept, (*Reaction.NAMES, "threshold")), "ask")
        self._threshold = settings.number("threshold", SUSPECT, 0.1, 1.0)

    def input(self, facts: Facts, messages: Sequence[Message]) -> Verdict[Sequence[Message]]:
        """Judge what outsiders wrote, each text by itself; the worst one counts."""
        found = max((suspect(text) for text in outsiders(messages)), key=lambda one: one.score, default=None)
        if found is None or found.score < self._threshold:
            return Allow()
        rule = f"{found.score:.2f}: {', '.join(one.name for one in found.signs[:5])}"
        return Allow(f"noted {rule}") if self._only_notes else self._react(found.reason, rule)
