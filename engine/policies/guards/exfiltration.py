"""The guard `exfiltration`: secrets, and addresses that nobody gave, stay out of answers and of tools' arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import ToolUse
from connectors.spelling import texts_of
from engine.known_secrets import KNOWN
from engine.policies.base import Allow, Change, Deny, Facts, Verdict
from engine.policies.guards.material import rewritten, texts
from engine.policies.guards.personal import CREDENTIAL, find
from engine.policies.guards.settings import Reaction, Settings

Json = Any

_ADDRESS = re.compile(
    r"(?<![\w])(?:(?:https?|ftp|wss?|file):)?//([^\s/?#\"'<>()\[\]{}\\|]{1,255})[^\s\"'<>\[\]{}\\|]{0,2000}", re.I
)
_IMAGE = re.compile(
    r"!\[[^\]]{0,500}\]\(\s?<?([^\s)>]{1,2000})|<img\b[^>]{0,500}?\bsrc\s?=\s?[\"']?([^\s\"'>]{1,2000})", re.I
)
_RUNS = re.compile(r"(?:javascript|data|vbscript):[^\s]{1,100}", re.I)


class Exfiltration:
    """Settings: `hosts` that may be linked to (with their subdomains), `secrets` (redact or deny; default redact; tools
    are always denied), `links` (check them; default true), `then` and `group` for foreign addresses (default deny).

    An address passes when the job's variables hold it as it is. An image has to be of a listed host: whoever only looks
    at it already sends a request.
    """

    name, version = "exfiltration", "1"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, ("hosts", "secrets", "links", *Reaction.NAMES))
        self._hosts = tuple(host.lower().removeprefix("*.") for host in settings.texts("hosts"))
        self._redacts = settings.word("secrets", ("redact", "deny"), "redact") == "redact"
        self._checks_links = settings.flag("links", True)
        self._react = Reaction(settings)

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """Secrets are struck out or denied; a foreign address is denied."""
        if foreign := self._foreign(facts, output):
            return self._react(f"The answer holds an address that nobody gave: {foreign[:200]}", "foreign address")
        if not _holds_secrets(output):
            return Allow()
        changed = rewritten(output, _without_secrets)
        if not self._redacts or _holds_secrets(changed):
            return Deny("The answer holds a secret or a credential.", "secret")
        return Change(changed, "The answer held a secret or a credential, which was struck out.", "secret")

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """Neither may be in a tool's arguments."""
        if _holds_secrets(dict(use.arguments)):
            return Deny("The arguments hold a secret or a credential.", "secret")
        if foreign := self._foreign(facts, dict(use.arguments)):
            return self._react(f"The arguments hold an address that nobody gave: {foreign[:200]}", "foreign address")
        return Allow()

    def _foreign(self, facts: Facts, value: Json) -> str:
        """The first address that may not be there; empty when there is none."""
        if not self._checks_links:
            return ""
        known: list[str] | None = None
        for text in texts(value):
            for address, host, is_image in _addresses(text):
                if self._is_listed(host):
                    continue
                known = list(texts(facts.variables)) if known is None else known
                if is_image or not any(address in one for one in known):
                    return address
        return ""

    def _is_listed(self, host: str) -> bool:
        name = host.rpartition("@")[2].partition(":")[0].lower().rstrip(".")
        return bool(name) and any(name == one or name.endswith(f".{one}") for one in self._hosts)


def _addresses(text: str) -> Iterator[tuple[str, str, bool]]:
    if "](" in text or "<" in text:
        for image in _IMAGE.finditer(text):
            address = image[1] or image[2]
            found = _ADDRESS.match(address)
            yield address, found[1] if found else "", True
    if "//" in text:
        for match in _ADDRESS.finditer(text):
            yield match[0].rstrip(".,;:!?)*_"), match[1], False
    if ":" in text:
        for match in _RUNS.finditer(text):
            if not text[max(0, match.start() - 1) : match.start()].isalnum() and "script:" in match[0].lower():
                yield match[0], "", True


def _holds_secrets(value: Json) -> bool:
    return KNOWN.finder.is_in(value) or any(find(text, (CREDENTIAL,)) for text in texts_of(value))


def _without_secrets(text: str) -> str:
    text = KNOWN.finder.redact(text)
    for one in reversed(find(text, (CREDENTIAL,))):
        text = f"{text[: one.start]}***{text[one.end :]}"
    return text
