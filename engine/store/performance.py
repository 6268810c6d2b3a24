"""How an agent does, by version and model: calls, costs and times from the books, right and wrong by verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Numeric, and_, bindparam, case, cast, func, select, type_coerce

from engine.calibration import upper_bound
from engine.states import AttemptState
from engine.store.ai_tables import judgements
from engine.store.columns import constant
from engine.store.prepared import Prepared
from engine.store.tables import attempts
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Performance:
    """An agent's version with one model. `cost` in US dollars; a lost call is counted at what was reserved for it.

    `judged` answers were held against a person's verdict, `right` of them were what the person decided.
    """

    version: int
    model: str
    calls: int
    answered: int
    failed: int
    lost: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    mean_seconds: float | None
    slowest_seconds: float | None
    judged: int = 0
    right: int = 0

    @property
    def override_rate(self) -> float | None:
        """The share of judged answers that people did not take as they were; None while none was judged."""
        return round(1 - self.right / self.judged, 4) if self.judged else None

    @property
    def error_bound(self) -> float | None:
        """An upper bound of the share of wrong answers, with a certainty of 95 %."""
        return round(upper_bound(self.judged - self.right, self.judged), 4) if self.judged else None


def _count(state: AttemptState) -> Any:
    return func.sum(case((attempts.c.state == constant(state), 1), else_=0))


_TOOK = type_coerce(attempts.c.ended_at, BigInteger) - type_coerce(attempts.c.started_at, BigInteger)
_PAID = cast(func.coalesce(attempts.c.cost, attempts.c.reserved, "0"), Numeric(20, 9))
_BY = (attempts.c.agent_version, attempts.c.model)
_OWN = (attempts.c.agent_id == bindparam("agent_id"), attempts.c.started_at >= bindparam("since"))
_CALLS = Prepared(
    select(
        *_BY,
        func.count(),
        _count(AttemptState.ANSWERED),
        _count(AttemptState.FAILED),
        _count(AttemptState.LOST),
        func.coalesce(func.sum(attempts.c.tokens_in), 0),
        func.coalesce(func.sum(attempts.c.tokens_out), 0),
        func.sum(_PAID),
        func.avg(_TOOK),
        func.max(_TOOK),
    )
    .where(*_OWN)
    .group_by(*_BY)
    .order_by(*_BY)
)
_VERDICTS = Prepared(
    select(*_BY, func.count(), func.sum(cast(judgements.c.is_right, Integer)))
    .select_from(
        judgements.join(
            attempts, and_(attempts.c.job_key == judgements.c.job_key, attempts.c.number == judgements.c.number)
        )
    )
    .where(*_OWN)
    .group_by(*_BY)
)


def of_agent(tx: UnitOfWork, agent_id: str, since: datetime) -> Sequence[Performance]:
    """What the calls that an agent began since then came to."""
    given = {"agent_id": agent_id, "since": since}
    verdicts = {
        (version, model): (judged, int(right)) for version, model, judged, right in tx.execute(_VERDICTS, given)
    }
    return [_make(row, verdicts.get((row[0], row[1]), (0, 0))) for row in tx.execute(_CALLS, given)]


def _make(row: Sequence[Any], verdicts: tuple[int, int]) -> Performance:
    version, model, calls, answered, failed, lost, tokens_in, tokens_out, cost, mean, slowest = row
    return Performance(
        version=version,
        model=model,
        calls=calls,
        answered=int(answered),
        failed=int(failed),
        lost=int(lost),
        tokens_in=int(tokens_in),
        tokens_out=int(tokens_out),
        cost=Decimal(str(cost or 0)).quantize(Decimal("0.000001")),
        mean_seconds=_seconds(mean),
        slowest_seconds=_seconds(slowest),
        judged=verdicts[0],
        right=verdicts[1],
    )


def _seconds(micros: Any) -> float | None:
    return None if micros is None else round(float(micros) / 1_000_000, 3)
