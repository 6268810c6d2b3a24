"""The books of one job, kept in a list: what a connector's test gives as its journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.base import (
    Approval,
    Attempt,
    Bar,
    CallEnd,
    Json,
    LeaseLost,
    Level,
    NewCall,
    Origin,
    Permanent,
    Refused,
    Request,
    Worth,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Books:
    """A `connectors.base.Journal` in memory. `die()` does what the engine does with a dead worker's open rows."""

    def __init__(self, *rows: Attempt) -> None:
        self.rows = list(rows)
        self.reserved: dict[int, Decimal | None] = {}
        self.is_lost = False
        self.bars: dict[str, Bar] = {}
        self.worths: dict[str, Worth] = {}
        self.refused: dict[str, Refused] = {}
        self.levels: dict[str, Level] = {}
        self.approved: list[Approval] = []
        self.origins: list[Origin] = []

    def attempts(self) -> Sequence[Attempt]:
        return tuple(self.rows)

    def begin(self, call: NewCall) -> int:
        if self.is_lost:
            raise LeaseLost
        if call.model in self.refused:
            raise self.refused[call.model]
        number = len(self.rows) + 1
        self.reserved[number] = call.reserved
        self.rows.append(
            Attempt(
                number,
                call.model,
                "started",
                NOON,
                prompt=call.prompt,
                ai_kind=call.ai_kind,
                fingerprint=call.fingerprint,
                agent=call.agent,
                level=self.levels.get(call.model, "auto"),
            )
        )
        return number

    def settle(self, number: int, end: CallEnd) -> None:
        row = self.rows[number - 1]
        assert row.state == "started", f"attempt {number} was settled twice"
        self.origins.append(end.origin)
        self.rows[number - 1] = replace(
            row,
            state="failed" if end.failed else "answered",
            ended_at=NOON,
            answer=end.answer,
            output=end.output,
            faults=tuple(end.faults),
            confidence=end.confidence,
            evidence=end.evidence,
            cost=end.cost,
            tokens_in=end.tokens_in,
            tokens_out=end.tokens_out,
        )

    def bar(self, *, model: str, fingerprint: str, target_error: float) -> Bar:
        return self.bars.get(model, Bar(None, 0, 59))

    def worth(self, *, model: str, fingerprint: str, confidence: float | None) -> Worth:
        return self.worths.get(model, Worth(None))

    def approvals(self) -> Sequence[Approval]:
        return tuple(self.approved)

    def die(self) -> None:
        for row in self.rows:
            if row.state == "started":
                self.rows[row.number - 1] = replace(row, state="lost", cost=self.reserved[row.number])


def request(variables: Mapping[str, Json], books: Books | None = None, **changes: Any) -> Request:
    """A request as a worker makes it; the secrets are those given as `secrets`."""
    secrets: Mapping[str, str] = changes.pop("secrets", {})

    def secret(name: str) -> str:
        if name not in secrets:
            raise Permanent(f"Secret '{name}' is not set here.")
        return secrets[name]

    given: dict[str, Any] = {
        "job_key": 1,
        "type": "test:1",
        "instance_key": 2,
        "process_id": "invoice",
        "element_id": "Read",
        "variables": variables,
        "headers": {},
        "retries": 3,
        "idempotency_key": "2-3",
        "journal": books or Books(),
        "secret": secret,
        "timeout_seconds": 5.0,
    }
    return Request(**given | changes)
