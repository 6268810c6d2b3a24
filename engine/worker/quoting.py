"""Secrets, quoted in a diagram by name and filled in at the last moment.

A text may say `{{secrets.NAME}}`, or be `secrets.NAME` alone or after a blank ("Bearer secrets.NAME"). The value is put
in when a worker runs the job and nowhere else: diagrams, variables, job rows and the audit trail hold the name. What is
filled in is remembered, so that it can be struck out of any error text. Source of the two forms: the Camunda connector
runtime's conventions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from connectors.base import Json, Permanent

Resolve = Callable[[str], str]

_BRACED = re.compile(r"\{\{\s*secrets\.([^\s{}]+)\s*\}\}")
_BARE = re.compile(r"(?:(?<=^)|(?<=\s))secrets\.((?:\w+[/._-])*\w+)(?=\s|$)")
_PREFIX = "BATON_SECRET_"


def from_names(secrets: Mapping[str, str]) -> Resolve:
    """A resolver over secrets by name; it raises Permanent for a name that is not among them.

    A name that no variable can have (`crm/api-key`) is also found as `crm_api_key` and `CRM_API_KEY`.
    """

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

    def fill_named(self, variables: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
        """The variables with the secrets of the named ones filled in; `data.transport` names a part of a variable."""
        filled = dict(variables)
        for name in names:
            first, _, rest = name.partition(".")
            if first in filled:
                filled[first] = self._fill_at(filled[first], rest.split(".") if rest else [])
        return filled

    def _fill_at(self, value: Json, path: list[str]) -> Json:
        if not path:
            return self.fill(value)
        if not isinstance(value, dict) or path[0] not in value:
            return value
        return {**value, path[0]: self._fill_at(value[path[0]], path[1:])}

    def redact(self, text: str) -> str:
        """The text without any secret that was filled in so far."""
        return redact(text, self._used)

    def _fill_text(self, text: str) -> str:
        if "secrets." not in text:
            return text
        text = _BRACED.sub(lambda found: self.secret(found[1]), text)
        return _BARE.sub(lambda found: self.secret(found[1]), text)


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced by asterisks, the longest first, so that no rest of one stays behind."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, "***")
    return text
