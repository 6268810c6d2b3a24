"""Outcome probes that are under way: what was claimed, and which job looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from engine.store.ai_tables import probes
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class Look:
    """The job `job_key` looks whether what the job `claimed_by` claimed holds; `number` counts the looks from 1.

    `inputs` are the variables that its worker sees.
    """

    job_key: int
    instance_key: int
    claimed_by: int
    claim: Mapping[str, Json]
    inputs: Mapping[str, Json]
    number: int


_INSERT = Prepared(insert(probes))
_FIND = Prepared(select(*columns(probes, Look)).where(OneOf(probes.c.job_key, "keys")))
_DELETE = Prepared(delete(probes).where(probes.c.job_key == bindparam("of_job")))


def add(tx: UnitOfWork, new: Look) -> None:
    """Write down that a job looks."""
    tx.write(_INSERT, [{column.name: getattr(new, column.name) for column in columns(probes, Look)}])


def of_jobs(tx: UnitOfWork, job_keys: Sequence[int]) -> dict[int, Look]:
    """The looks of these jobs, by job."""
    return {row[0]: Look(*row) for row in tx.execute(_FIND, {"keys": list(job_keys)})} if job_keys else {}


def end(tx: UnitOfWork, job_key: int) -> None:
    """The look is over."""
    tx.write(_DELETE, [{"of_job": job_key}])
