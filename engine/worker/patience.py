"""Telling the engine how work ended although its database is away for a while.

The work is done, and paid for: to let it go because of a restart of the database would mean to do it, and pay, twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from time import monotonic, sleep
from typing import Any, TypeVar

import structlog

from connectors.base import Approval, Attempt, Bar, CallEnd, Journal, NewCall, Worth
from engine.errors import IllegalMove, StoreUnavailable

log = structlog.get_logger()
T = TypeVar("T")

PATIENCE_SECONDS = 600.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


def patiently(tell: Callable[[], T], renew: Callable[[], object] = lambda: None) -> T:
    """Call it until the database answers. Raises the last `StoreUnavailable` when that takes too long.

    `renew` goes before each further try: a lease that lapsed while the database was away is no lost worker's.
    What was stored although nobody heard of it is refused the second time (`LeaseLost`): it counts once.
    """
    until, pause = monotonic() + PATIENCE_SECONDS, FIRST_PAUSE_SECONDS
    is_again = False
    while True:
        try:
            if is_again:
                renew()
            return tell()
        except StoreUnavailable as problem:
            if monotonic() > until:
                raise
            log.warning("the database is away, trying again", error=str(problem), seconds=pause)
        is_again = True
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


class PatientJournal:
    """A `connectors.base.Journal` over another one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def attempts(self) -> Sequence[Attempt]:
        return patiently(self._journal.attempts)

    def bar(self, **place: Any) -> Bar:
        return patiently(lambda: self._journal.bar(**place))

    def worth(self, **place: Any) -> Worth:
        return patiently(lambda: self._journal.worth(**place))

    def approvals(self) -> Sequence[Approval]:
        return patiently(self._journal.approvals)

    def begin(self, call: NewCall) -> int:
        """As the journal's, which is not asked twice: a row whose number was lost would stay open."""
        return self._journal.begin(call)

    def settle(self, number: int, end: CallEnd) -> None:
        tries = count()

        def tell() -> None:
            is_first = next(tries) == 0
            try:
                self._journal.settle(number, end)
            except IllegalMove:
                if is_first:
                    raise
                # It was stored the first time, and only the answer was lost.

        patiently(tell)
