"""What was asked for by its key: there, and in sight of whoever asks, or `NotFound`."""

from __future__ import annotations

from typing import TypeVar

from engine.errors import NotFound
from engine.store import UnitOfWork, search
from engine.store.definitions import DecisionRequirements, DeploymentRow, FormDefinition, ProcessDefinition

T = TypeVar("T")
D = TypeVar("D", ProcessDefinition, DecisionRequirements, FormDefinition, DeploymentRow)


def found_row(row: T | None, noun: str, key: int) -> T:
    """The row. Raises `NotFound` for none."""
    if row is None:
        raise NotFound(f"There is no {noun} {key}.")
    return row


def seen_row(tx: UnitOfWork, row: D | None, noun: str, key: int) -> D:
    """The row. Raises `NotFound` for none, and for that of a tenant out of sight."""
    return found_row(row if row is not None and tx.sees(row.tenant_id) else None, noun, key)


def is_seen(tx: UnitOfWork, instance_key: int) -> bool:
    """Whether the instance is in sight; those who see all need not look."""
    return tx.sight is None or search.find_instance(tx, instance_key) is not None
