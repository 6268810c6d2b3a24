"""The guard `redact`: personal data and credentials leave as placeholders, and come back where a policy says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import ToolUse
from engine.policies.base import Allow, Change, Facts, Message, Verdict
from engine.policies.guards.material import rewritten, rewritten_messages, texts
from engine.policies.guards.personal import CREDENTIAL, KINDS, SECRET, USUAL, find
from engine.policies.guards.settings import Settings

Json = Any

_PLACEHOLDER = re.compile(r"<[A-Z_]{2,20}_\d{1,6}>")
_NEVER_RESTORED = (SECRET, CREDENTIAL)


class Redactor:
    """Puts numbered placeholders (`<EMAIL_1>`) into texts: the same value gets the same one."""

    def __init__(self, kinds: Sequence[str] = USUAL) -> None:
        self._kinds = tuple(kinds)
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def redact(self, text: str) -> str:
        """The text with placeholders. Whatever looks like one already loses its brackets: it is none of ours."""
        parts, end = [], 0
        for one in find(text, self._kinds):
            parts += [_foreign(text[end : one.start]), self._name(one.kind, text[one.start : one.end])]
            end = one.end
        return "".join(parts) + _foreign(text[end:])

    def restore(self, text: str) -> str:
        """The text with the values of placeholders that this redactor gave; secrets and credentials stay out."""
        values = {name: value for (kind, value), name in self._names.items() if kind not in _NEVER_RESTORED}
        return _PLACEHOLDER.sub(lambda found: values.get(found[0], found[0]), text)

    @property
    def counted(self) -> str:
        """How many values of which kind, in words."""
        return ", ".join(f"{count} {kind}" for kind, count in self._counts.items())

    def _name(self, kind: str, value: str) -> str:
        if (kind, value) not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[kind, value] = f"<{kind}_{self._counts[kind]}>"
        return self._names[kind, value]


def _foreign(text: str) -> str:
    return _PLACEHOLDER.sub(lambda found: f"({found[0][1:-1]})", text)


class Redaction:
    """Settings: `kinds` (default: all but dates of birth), `restore` (default false).

    Placeholders are numbered over the job's variables first, so the same job gives the same numbers to each call and to
    the answer, on any worker. What only stands in messages (a prompt's own words) is numbered after them.
    """

    name, version = "redact", "1"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, ("kinds", "restore"))
        self._kinds = settings.texts("kinds", USUAL, KINDS)
        self._restores = settings.flag("restore", False)

    def input(self, facts: Facts, messages: Sequence[Message]) -> Verdict[Sequence[Message]]:
        """What is sent holds placeholders."""
        redactor = self._redactor(facts)
        changed = rewritten_messages(messages, redactor.redact)
        if changed == list(messages):
            return Allow("nothing found")
        return Change(changed, f"Redacted: {redactor.counted}.", "redacted")

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """Placeholders of the answer get their values back, when the policy restores."""
        changed = self._restored(facts, output)
        return Change(changed, "Values were put back.", "restored") if changed != output else Allow()

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """So do those in a tool's arguments: the tool works with real ones."""
        changed = self._restored(facts, dict(use.arguments))
        if changed == dict(use.arguments):
            return Allow()
        return Change(replace(use, arguments=changed), "Values were put back.", "restored")

    def _restored(self, facts: Facts, value: Json) -> Json:
        if not self._restores or not any(_PLACEHOLDER.search(text) for text in texts(value)):
            return value
        return rewritten(value, self._redactor(facts).restore)

    def _redactor(self, facts: Facts) -> Redactor:
        redactor = Redactor(self._kinds)
        for text in texts(facts.variables):
            redactor.redact(text)
        return redactor
