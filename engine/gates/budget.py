"""The budget: what a call could cost at most is reserved before it is made, and settled after.

The books are locked from the look at them to the commit, so that however many begin at once, what they reserve together
is never more than what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from engine.budgets import Budget, Exhausted, Period, dollars, ends, nano
from engine.gates.base import Call, Pass, Refusal
from engine.moves import Moves
from engine.store import budgets
from engine.store.attempts import Attempt

NAME = "budget"
_LONGEST_WAIT_SECONDS = 60.0  # a budget may be raised before its period ends


def gate(moves: Moves, call: Call, passed: Pass) -> Pass | Refusal:
    """Refuse a call that could cost more than any of its budgets has left; nothing is reserved yet."""
    found = budgets.of(moves.tx, call.scopes)
    if not found:
        return passed
    if call.reserved is None:
        reason = f"There is a budget on {found[0].scope.said}, and what '{call.model}' can cost is not known."
        return Refusal(NAME, f"{reason} Give it a price in the models' settings.", "person")
    most = nano(call.reserved)
    names = {budget.book(call.instance_of(budget.scope.name), moves.now): budget for budget in found}
    keys = {
        name: (one.scope, call.instance_of(one.scope.name) if one.is_of_instance else 0) for name, one in names.items()
    }
    books = budgets.lock(moves.tx, keys)
    for name, budget in names.items():
        if most > (left := books[name].left(budget.amount)):
            return _refused(moves, call, budget, left)
    return passed.by(NAME, books=tuple((name, most) for name in sorted(names)))


def _refused(moves: Moves, call: Call, budget: Budget, left: int) -> Refusal:
    period = "" if budget.period is Period.TOTAL else f" of this {budget.period.value}"
    reason = (
        f"The call could cost {_shown(call.reserved or Decimal(0))} USD, and {_shown(dollars(max(left, 0)))} of the "
        f"budget{period} on {budget.scope.said} ({_shown(budget.amount)} USD) is left."
    )
    if budget.then is Exhausted.PERSON:
        return Refusal(NAME, reason, "person")
    end = ends(budget.period, moves.now)
    until = (end - moves.now).total_seconds() if end else _LONGEST_WAIT_SECONDS
    return Refusal(NAME, reason, "wait", max(1.0, min(until, _LONGEST_WAIT_SECONDS)))


def reserve(moves: Moves, books: Iterable[tuple[str, int]]) -> None:
    """Write what a call may cost into the books that its gate has locked."""
    for name, amount in books:
        if amount:
            budgets.move(moves.tx, name, reserved=amount, spent=0)


def settle(moves: Moves, attempt: Attempt) -> None:
    """A call has ended: what it cost is spent, and the rest is free again. When that is unknown, all of it is spent."""
    settle_all(moves, [(attempt.books, None if attempt.cost is None else nano(attempt.cost))])


def settle_all(moves: Moves, ended: Iterable[tuple[Iterable[tuple[str, int]], int | None]]) -> None:
    """As `settle` for many: the books of each call, and what it cost (None: unknown)."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for books, cost in ended:
        for name, amount in books:
            sums[name][0] -= amount
            sums[name][1] += amount if cost is None else cost
    for name in sorted(sums):  # all who lock several books do it in the same order
        reserved, spent = sums[name]
        if reserved or spent:
            budgets.move(moves.tx, name, reserved=reserved, spent=spent)


def _shown(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
