"""What a stop or a budget of AI is on: all of it, an agent, a model, a process, or each instance of a process. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import InvalidInput


class ScopeKind(StrEnum):
    """The kinds, from wide to narrow."""

    ALL = "all"
    PROCESS = "process"
    AGENT = "agent"
    MODEL = "model"
    INSTANCE = "instance"  # each instance of the process named


STOPPABLE = frozenset({ScopeKind.ALL, ScopeKind.PROCESS, ScopeKind.AGENT, ScopeKind.MODEL})


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind and the name that diagrams use; no name for all AI."""

    kind: ScopeKind
    name: str = ""

    @property
    def text(self) -> str:
        """How rows name it."""
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value

    @property
    def said(self) -> str:
        """How sentences name it."""
        if self.kind is ScopeKind.ALL:
            return "all AI"
        if self.kind is ScopeKind.INSTANCE:
            return f"each instance of process '{self.name}'"
        return f"{self.kind.value} '{self.name}'"

    @classmethod
    def of(cls, text: str) -> Scope:
        """The scope that a row names."""
        kind, _, name = text.partition(":")
        return cls(ScopeKind(kind), name)

    @classmethod
    def checked(cls, kind: ScopeKind, name: str) -> Scope:
        """A scope that somebody asks for. Raises `InvalidInput`."""
        if (kind is ScopeKind.ALL) == bool(name):
            expected = "no name: it is on all AI" if kind is ScopeKind.ALL else f"the name of a {_NAMED[kind]}"
            raise InvalidInput(f"A scope of kind '{kind.value}' has {expected}.", {"name": f"expected {expected}"})
        return cls(kind, name)


_NAMED = {
    ScopeKind.PROCESS: "process",
    ScopeKind.AGENT: "agent",
    ScopeKind.MODEL: "model, as diagrams name it",
    ScopeKind.INSTANCE: "process",
}


def scopes_of_call(*, process_ids: Iterable[str], agent_id: str, model: str) -> tuple[Scope, ...]:
    """Every scope that a call of a model lies in, from wide to narrow; that of an instance goes by its process.

    `process_ids` are the process that asks and those that have called it: what a called process does, they do.
    """
    processes = tuple(dict.fromkeys(process_ids))
    return (
        Scope(ScopeKind.ALL),
        *(Scope(ScopeKind.PROCESS, process_id) for process_id in processes),
        Scope(ScopeKind.AGENT, agent_id),
        Scope(ScopeKind.MODEL, model),
        *(Scope(ScopeKind.INSTANCE, process_id) for process_id in processes),
    )
