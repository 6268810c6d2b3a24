"""From a model's name in a diagram to the provider that answers for it.

`rules/<name>` is the deterministic extractor, `embedded/<name>` the classifier and `local/<name>` a language model on
this machine, `scripted/<name>` a fixed script for tests; anything else is litellm's name for a vendor's model, unless
the settings say what it stands for.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from connectors.base import Permanent
from connectors.llm.call import Provider
from connectors.llm.chat import Chat
from connectors.llm.local_server import LocalChat
from connectors.llm.rules import Rules
from connectors.llm.settings import LONGEST_ANSWER, Models, ModelSettings
from connectors.scripted import ScriptedModel

LOCAL = "local"
_ON_THIS_MACHINE = frozenset({"local", "embedded", "rules"})


class Providers:
    """The providers of one table of settings, each made once."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._made: dict[str, Provider] = {}
        self._lock = Lock()

    def residency(self, name: str) -> str:
        """Where a model's data stay: "local" for what runs on this machine, "" when nobody has said it."""
        return self._models.of(name).residency or (LOCAL if name.partition("/")[0] in _ON_THIS_MACHINE else "")

    def of(self, name: str) -> Provider:
        """The provider of a model name. Raises Permanent when these settings have nothing that can answer for it.

        A row may say that another model of this installation stands for a name (`local/...`, or another row).
        """
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def row_of(self, *names: str) -> str | None:
        """The first of these names that the table has a row for."""
        return next((name for name in names if name in self._models.rows), None)

    def _make(self, name: str) -> Provider:
        settings = self._models.of(name)
        is_ours = settings.model.partition("/")[0] in _OURS or settings.model in self._models.rows
        if is_ours and name.partition("/")[0] not in _OURS and settings.model != name:
            return _provider(settings.model, self._models.of(settings.model))
        return _provider(name, settings)


_OURS = ("rules", "embedded", "local", "scripted")


def _provider(name: str, settings: ModelSettings) -> Provider:
    prefix, _, rest = name.partition("/")
    match prefix:
        case "rules":
            return Rules(name)
        case "embedded":
            return _embedded(name)
        case "local":
            return LocalChat.of(rest, settings)
        case "scripted":
            return _scripted(name, rest, settings)
    return Chat(settings.model or name, settings)


def _embedded(name: str) -> Provider:
    """Its libraries are an extra, and none of them is loaded where no diagram asks for it."""
    try:
        from connectors.embedded.provider import EmbeddedClassifier
    except ImportError as problem:
        raise Permanent(f"Model '{name}' needs Baton's extra [embedded]: {problem}.") from problem
    return EmbeddedClassifier.of(name)


def _scripted(name: str, rest: str, settings: ModelSettings) -> Provider:
    if settings.api_base:
        priced = replace(settings, free=settings.price is None or settings.free)
        return Chat(settings.model or f"openai/{rest}", priced, kind="scripted")
    if not settings.script:
        raise Permanent(
            f"Model '{name}' has no script. Scripted models are for tests: give it a `script` or an `api_base` in the "
            "models' settings, or name a real model.",
        )
    return ScriptedModel(name, settings.script, settings.price, settings.max_tokens or LONGEST_ANSWER)
