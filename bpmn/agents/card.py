"""The card of an agent: what it is for, who answers for it, and what it may do. Nothing here changes once written."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any


class RiskClass(StrEnum):
    """The classes of the EU AI Act that a system in service can have."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may use of an agent; None is without limit. `cost` in US dollars."""

    calls: int | None = None
    tokens: int | None = None
    cost: Decimal | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AgentCard:
    """One version of an agent. Empty `elements` means all of its processes, empty `residency` anywhere.

    `variables` are those whose values its models may see, none of them all; `data` says it in words, for auditors.
    `prompt_fingerprint` pins the wording: calls with another prompt, schema or other examples are out of scope.
    """

    id: str
    owner: str
    purpose: str
    risk: RiskClass
    processes: tuple[str, ...]
    models: tuple[str, ...]
    elements: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()
    limits: Limits = Limits()
    prompt_version: str = ""
    prompt_fingerprint: str = ""
    variables: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data, from which `of` makes the same card."""
        limits = {
            name: format(value, "f") if isinstance(value, Decimal) else value for name, value in _set(self.limits)
        }
        return {**{name: value for name, value in _set(self) if name != "limits"}, "limits": limits}

    @classmethod
    def of(cls, data: dict[str, Any]) -> AgentCard:
        """The card that `as_json` wrote."""
        limits = dict(data.get("limits") or {})
        if limits.get("cost") is not None:
            limits["cost"] = Decimal(limits["cost"])
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**{**given, "risk": RiskClass(data["risk"]), "limits": Limits(**limits)})

    @property
    def digest(self) -> str:
        """What tells versions apart."""
        return sha256(json.dumps(self.as_json(), sort_keys=True, default=list).encode()).hexdigest()


def _set(one: AgentCard | Limits) -> list[tuple[str, Any]]:
    values = [(field.name, getattr(one, field.name)) for field in fields(one)]
    return [
        (name, list(value) if isinstance(value, tuple) else value)
        for name, value in values
        if value not in (None, (), "")
    ]
