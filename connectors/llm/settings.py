"""What a model name in a diagram stands for here: vendor, address, key, price and limits.

The diagram names a model; this table says where it is. So a vendor is swapped without touching a diagram. The table
comes from configuration (`[models."name"]` tables of baton.toml, or the environment variable BATON_MODELS with the same
as JSON); a name that is not in it goes to litellm as written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.base import Permanent
from connectors.llm.usage import Price

VARIABLE = "BATON_MODELS"
LONGEST_ANSWER = 1024  # tokens


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One row of the table. Prices are US dollars per million tokens.

    `model` is litellm's name for it ("" means the diagram's). `api_key_secret` names the secret that holds its key; ""
    leaves the key to the vendor's own environment variable. `structured` and `logprobs` say whether to ask for JSON by
    schema and for token probabilities; None asks litellm what the model can. `max_tokens` bounds an answer (None:
    LONGEST_ANSWER, less for a model on this machine), `timeout_seconds` a call (None: what the job allows, more for a
    model on this machine). `script` (for `scripted/` names) is the list of replies to give. `residency` is a word
    of the house for where the model's data stay, such as "eu"; agents' cards name those that they allow.
    """

    model: str = ""
    api_base: str = ""
    api_key_secret: str = ""
    input_per_million: Decimal | None = None
    output_per_million: Decimal | None = None
    free: bool = False
    max_tokens: int | None = None
    timeout_seconds: float | None = None
    temperature: float | None = 0.0
    structured: bool | None = None
    logprobs: bool | None = None
    script: tuple[Any, ...] = ()
    residency: str = ""

    @property
    def price(self) -> Price | None:
        """The configured price; None when there is none."""
        if self.free:
            return Price(Decimal(0), Decimal(0))
        if self.input_per_million is None or self.output_per_million is None:
            return None
        return Price.per_million(self.input_per_million, self.output_per_million)


@dataclass(frozen=True, slots=True)
class Models:
    """The whole table."""

    rows: Mapping[str, ModelSettings]

    @classmethod
    def read(cls, table: Mapping[str, Mapping[str, Any]] | None = None) -> Models:
        """The table from configuration, or from BATON_MODELS when None. Raises Permanent naming row and setting."""
        if table is None:
            table = _from_environment(os.environ.get(VARIABLE, ""))
        return cls({name: _row(name, row) for name, row in table.items()})

    def of(self, name: str) -> ModelSettings:
        """The settings for a model name; defaults for a name that is not in the table."""
        return self.rows.get(name, _DEFAULT)


_DEFAULT = ModelSettings()
_NAMES = frozenset(field.name for field in fields(ModelSettings))
_POSITIVE = ("max_tokens", "timeout_seconds")
_PRICES = ("input_per_million", "output_per_million")
_TYPES: Mapping[str, tuple[Any, ...]] = {
    "model": (str,),
    "api_base": (str,),
    "api_key_secret": (str,),
    "free": (bool,),
    "max_tokens": (int,),
    "timeout_seconds": (int, float),
    "temperature": (int, float, type(None)),
    "structured": (bool,),
    "logprobs": (bool,),
    "input_per_million": (int, float, str, Decimal),
    "output_per_million": (int, float, str, Decimal),
    "script": (list, tuple),
    "residency": (str,),
}


def _from_environment(text: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        table = json.loads(text or "{}")
    except ValueError as problem:
        raise Permanent(f"{VARIABLE} is not JSON: {problem}. Expected an object of model names.") from None
    if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
        raise Permanent(f"{VARIABLE} must be a JSON object: model name to an object of settings.")
    return table


def _row(name: str, row: Mapping[str, Any]) -> ModelSettings:
    if unknown := sorted(set(row) - _NAMES):
        known = ", ".join(sorted(_NAMES))
        raise Permanent(f"Model '{name}' has unknown settings: {', '.join(unknown)}. Known: {known}.")
    return ModelSettings(**{key: _value(name, key, value) for key, value in row.items()})


def _value(name: str, key: str, value: Any) -> Any:
    types = _TYPES[key]
    expected = types[0].__name__
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise Permanent(f"Setting '{key}' of model '{name}' must be {expected}, but is {type(value).__name__}.")
    if key in _PRICES:
        return _price(name, key, value)
    if key in _POSITIVE and not value > 0:
        raise Permanent(f"Setting '{key}' of model '{name}' must be above 0.")
    return tuple(value) if key == "script" else value


def _price(name: str, key: str, value: Any) -> Decimal:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise Permanent(f"Setting '{key}' of model '{name}' must be US dollars per million tokens, 0 or more.")
    return price
