"""Secrets, quoted in a diagram by name and filled in at the last moment.

A text may say `{{secrets.NAME}}`, or be `secrets.NAME` alone or after a blank ("Bearer secrets.NAME"). The value is put
in when a worker runs the job and nowhere else: diagrams, variables, job rows and the audit trail hold the name. What is
filled in is remembered, so that it can be struck out of any error text. Source of the two forms: the Camunda connector
runtime's conventions.

Only a diagram quotes secrets. Data may hold the same words, and expressions may join words of outsiders into them, so
an input's quote is filled in only when the mapping of that very input has it written out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from connectors.base import Json, Permanent
from connectors.spelling import Finder, texts_of
from engine.known_secrets import KNOWN

Resolve = Callable[[str], str]
Sources = Callable[[], Mapping[str, str]]

_BRACED = re.compile(r"\{\{\s*secrets\.([^\s{}]+)\s*\}\}")
_BARE = re.compile(r"(?:(?<=^)|(?<=\s))secrets\.((?:\w+[/._-])*\w+)(?=\s|$)")
# As expressions have them: in quotation marks, which a text does not have any more.
_WRITTEN = re.compile(r"(?<![\w.])secrets\.([^\s{}\"'\\)]+)")
_PREFIX = "BATON_SECRET_"


def from_names(secrets: Mapping[str, str]) -> Resolve:
    """A resolver over secrets by name; it raises Permanent for a name that is not among them.

    A name that no variable can have (`crm/api-key`) is also found as `crm_api_key` and `CRM_API_KEY`.
    """
    KNOWN.learn(secrets.values())

    def resolve(name: str) -> str:
        plain = re.sub(r"\W", "_", name)
        for candidate in (name, plain, plain.upper()):
            if value := secrets.get(candidate):
                return value
        raise Permanent(
            f"Secret '{name[:100]}' is not set here. Set the environment variable {_PREFIX}{plain.upper()[:100]} "
            "where the worker runs.",
            code="SECRET_UNKNOWN",
        )

    return resolve


def from_environment(environment: Mapping[str, str]) -> Resolve:
    """A resolver that finds NAME in `BATON_SECRET_<NAME>`; otherwise as `from_names`."""
    return from_names(
        {key.removeprefix(_PREFIX): value for key, value in environment.items() if key.startswith(_PREFIX)}
    )


class Quoted:
    """Fills secrets into texts and remembers them, for one job."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._used: set[str] = set()

    def secret(self, name: str) -> str:
        """The value of one secret. Raises Permanent for an unknown name."""
        value = self._resolve(name)
        self._used.add(value)
        KNOWN.learn([value])
        return value

    def fill(self, value: Json) -> Json:
        """The same value with every quoted secret of its texts filled in, at any depth; keys are left alone."""
        match value:
            case str():
                return self._fill_text(value)
            case list():
                return [self.fill(item) for item in value]
            case dict():
                return {key: self.fill(item) for key, item in value.items()}
        return value

    def fill_named(self, variables: Mapping[str, Json], names: Iterable[str], sources: Sources) -> dict[str, Json]:
        """The variables with the secrets of the named ones filled in; `data.transport` names a part of a variable.

        `sources` tells what the diagram itself says about each variable; it is asked when there is a quote. Raises
        Permanent for a quote that comes from elsewhere.
        """
        filled = dict(variables)
        for name in names:
            first, _, rest = name.partition(".")
            if first in filled:
                filled[first] = self._fill_at(filled[first], rest.split(".") if rest else [], (first, sources))
        return filled

    def _fill_at(self, value: Json, path: list[str], of: tuple[str, Sources]) -> Json:
        if not path:
            self._check(value, *of)
            return self.fill(value)
        if not isinstance(value, dict) or path[0] not in value:
            return value
        return {**value, path[0]: self._fill_at(value[path[0]], path[1:], of)}

    def _check(self, value: Json, variable: str, sources: Sources) -> None:
        quoted = {name for text in texts_of(value) for name in _quotes_in(text)}
        written = set(_WRITTEN.findall(sources().get(variable, ""))) if quoted else set()
        if foreign := sorted(quoted - written):
            raise Permanent(
                f"The input '{variable}' quotes the secret '{foreign[0][:100]}', which the diagram does not do there: "
                "the words come from data. Only the mapping of an input may quote a secret. Write the quote out in it.",
                code="SECRET_NOT_IN_DIAGRAM",
            )

    def redact(self, text: str) -> str:
        """The text without any secret that was filled in so far."""
        return redact(text, self._used)

    def _fill_text(self, text: str) -> str:
        if "secrets." not in text:
            return text
        text = _BRACED.sub(lambda found: self.secret(found[1]), text)
        return _BARE.sub(lambda found: self.secret(found[1]), text)


def _quotes_in(text: str) -> set[str]:
    if "secrets." not in text:
        return set()
    return {*_BRACED.findall(text), *_BARE.findall(text)}


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced by asterisks, the longest first, so that no rest of one stays behind.

    Those that are long enough are found in other spellings as well (`connectors.spelling`).
    """
    text = Finder(secrets := list(secrets)).redact(text)
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, "***")
    return text
