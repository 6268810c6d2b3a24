"""The document of a policy. Nothing here changes once written: another text is another version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

Json = Any
#: Where a policy may be asked.
POINTS = ("job", "input", "output", "tool")


@dataclass(frozen=True, slots=True)
class PolicyScope:
    """About what a policy is asked; an empty part means all.

    `elements` are ids of BPMN elements, `tools` the names by which models call them or the ids of their elements.
    """

    processes: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One version of a policy. Exactly one of `decision` (a DMN decision's id), `python` (the name of an entry point of
    the group `baton.policies`) and `guard` (a built-in one) is filled; `settings` are for the last two.
    """

    id: str
    owner: str
    version: str
    purpose: str
    at: tuple[str, ...]
    scope: PolicyScope = PolicyScope()
    decision: str = ""
    python: str = ""
    guard: str = ""
    settings: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Plain data, with the keys of the file; `of` makes the same document of it."""
        scope = {name: list(getattr(self.scope, name)) for name in ("processes", "elements", "agents", "tools")}
        given: dict[str, Json] = {
            "policy": self.id,
            "owner": self.owner,
            "version": self.version,
            "purpose": self.purpose,
            "at": list(self.at),
            "scope": {name: values for name, values in scope.items() if values},
            "decision": self.decision,
            "python": self.python,
            "guard": self.guard,
            "with": dict(self.settings),
        }
        return {name: value for name, value in given.items() if value not in ("", [], {})}

    @classmethod
    def of(cls, data: Mapping[str, Json]) -> PolicyDocument:
        """The document that `as_json` wrote."""
        scope = {name: tuple(values) for name, values in (data.get("scope") or {}).items()}
        return cls(
            id=data["policy"],
            owner=data["owner"],
            version=data["version"],
            purpose=data["purpose"],
            at=tuple(data["at"]),
            scope=PolicyScope(**scope),
            decision=data.get("decision", ""),
            python=data.get("python", ""),
            guard=data.get("guard", ""),
            settings=data.get("with") or {},
        )

    @property
    def decided_by(self) -> str:
        """What decides, for people."""
        kind = "decision" if self.decision else "python" if self.python else "guard"
        return f"{kind} {self.decision or self.python or self.guard}"

    @property
    def digest(self) -> str:
        """What tells versions apart."""
        return sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()
