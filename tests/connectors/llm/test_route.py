"""The cascade as tables: what was tried, what is allowed, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Attempt
from connectors.llm.route import (
    ASKS_PER_MODEL,
    CALLS_ON_THE_WAY,
    Accepted,
    Ask,
    AskPerson,
    Limits,
    next_step,
    pause_seconds,
    spent,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TWO = Limits(("small", "large"))
# What happened -> state and faults of the row.
ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "good": ("answered", ()),
    "json": ("answered", ("json: not JSON",)),
    "schema": ("answered", ("schema: missing 'total'",)),
    "cut": ("answered", ("length: cut off",)),
    "tool": ("answered", ("tool: wanted to call pay",)),
    "made-up": ("answered", ("grounding: total: 7 does not occur",)),
    "unsure": ("answered", ("confidence: it is 0.40, and 0.80 is asked for",)),
    "refused": ("answered", ("refusal: no",)),
    "away": ("failed", ("unreachable: Timeout",)),
    "rejected": ("failed", ("rejected: 401",)),
    "lost": ("lost", ()),
}


def tried(*happened: str, cost: str = "0") -> list[Attempt]:
    """Attempts from words such as "small:json"."""
    rows = []
    for number, word in enumerate(happened, 1):
        model, _, what = word.partition(":")
        state, faults = ROWS[what]
        rows.append(Attempt(number, model, state, NOON, faults=faults, cost=Decimal(cost)))
    return rows


def free(model: str, correcting: Attempt | None) -> Decimal:
    return Decimal(0)


def said(attempts: Sequence[Attempt], limits: Limits = TWO, reserve: Any = free) -> str:
    match next_step(attempts, limits, reserve):
        case Ask(model, None):
            return f"ask {model}"
        case Ask(model, Attempt() as attempt):
            return f"correct {model} {attempt.number}"
        case Accepted(attempt):
            return f"accept {attempt.number}"
        case AskPerson():
            return "person"


@pytest.mark.parametrize(
    ("happened", "step"),
    [
        ([], "ask small"),
        (["small:good"], "accept 1"),
        # One correction, then the next model.
        (["small:json"], "correct small 1"),
        (["small:schema"], "correct small 1"),
        (["small:cut"], "correct small 1"),
        (["small:tool"], "correct small 1"),
        (["small:made-up"], "correct small 1"),
        (["small:made-up", "small:good"], "accept 2"),
        (["small:made-up", "small:made-up"], "ask large"),
        (["small:json", "small:unsure"], "ask large"),
        # Nothing that the model could mend.
        (["small:unsure"], "ask large"),
        (["small:refused"], "ask large"),
        (["small:rejected"], "ask large"),
        # The way, not the answer.
        (["small:away"], "ask small"),
        (["small:away", "small:away"], "ask small"),
        (["small:away"] * CALLS_ON_THE_WAY, "ask large"),
        (["small:away", "small:json"], "correct small 2"),
        (["small:json", "small:away"], "correct small 1"),
        (["small:json", "small:away", "small:schema"], "ask large"),
        # A dead worker's call counts as asked.
        (["small:lost"], "ask small"),
        (["small:lost", "small:lost"], "ask large"),
        (["small:lost", "small:json"], "ask large"),
        (["small:json", "small:lost"], "ask large"),
        # To the end.
        (["small:unsure", "large:unsure"], "person"),
        (["small:refused", "large:json"], "correct large 2"),
        (["small:refused", "large:json", "large:schema"], "person"),
        (["small:refused", *["large:away"] * CALLS_ON_THE_WAY], "person"),
        (["small:refused", "large:good"], "accept 2"),
    ],
)
def test_the_next_step(happened: list[str], step: str) -> None:
    assert said(tried(*happened)) == step


def test_rules_are_asked_once_because_they_say_the_same_again() -> None:
    limits = Limits(("small", "large"), unteachable=frozenset({"small"}))
    assert said(tried("small:schema"), limits) == "ask large"
    assert said(tried("small:lost", "small:schema"), limits) == "ask large"


def test_rules_are_asked_again_when_their_worker_died() -> None:
    limits = Limits(("small", "large"), unteachable=frozenset({"small"}))
    assert said(tried("small:lost"), limits) == "ask small"
    assert said(tried("small:lost", "small:lost"), limits) == "ask large"


def test_a_call_that_could_exceed_the_budget_is_not_made() -> None:
    prices = {"small": Decimal("0.02"), "large": Decimal("0.5")}
    step = next_step([], Limits(("large", "small"), Decimal("0.1")), lambda model, _: prices[model])
    assert isinstance(step, Ask)
    assert (step.model, step.reserved) == ("small", Decimal("0.02"))


def test_what_was_spent_leaves_less() -> None:
    limits = Limits(("small",), Decimal("0.03"))
    step = next_step(tried("small:json", cost="0.02"), limits, lambda *_: Decimal("0.02"))
    assert step == AskPerson(("small was not asked: the call could cost 0.02 USD, and 0.01 of 0.03 USD is left",))


def test_a_lost_call_counts_as_paid() -> None:
    attempts = tried("small:lost", cost="0.02")
    assert spent(attempts) == Decimal("0.02")
    assert said(attempts, Limits(("small",), Decimal("0.03")), lambda *_: Decimal("0.02")) == "person"


def test_the_budget_may_be_used_up_to_the_last_cent() -> None:
    assert said([], Limits(("small",), Decimal("0.02")), lambda *_: Decimal("0.02")) == "ask small"


def test_pauses_double_and_the_vendor_may_ask_for_more() -> None:
    assert [pause_seconds(tried(*["small:away"] * n), "small", None) for n in (1, 2)] == [2, 4]
    assert pause_seconds(tried("small:away"), "small", 30.0) == 30
    assert pause_seconds(tried("small:away"), "small", 99_999.0) == 300
    assert pause_seconds(tried("large:away", "small:away"), "small", None) == 2


@given(st.lists(st.sampled_from([name for name in ROWS if name != "good"]), min_size=0, max_size=40))
def test_whatever_models_do_the_cascade_ends(fates: list[str]) -> None:
    """A model that follows any script, repeated for ever, is asked a bounded number of times."""
    attempts: list[Attempt] = []
    fates = fates or ["json"]
    most = len(TWO.models) * (ASKS_PER_MODEL + CALLS_ON_THE_WAY)
    for turn in range(most + 1):
        step = next_step(attempts, TWO, free)
        if not isinstance(step, Ask):
            break
        state, faults = ROWS[fates[turn % len(fates)]]
        attempts.append(Attempt(turn + 1, step.model, state, NOON, faults=faults))
    assert isinstance(next_step(attempts, TWO, free), AskPerson)


@given(st.lists(st.sampled_from([f"{model}:{what}" for model in TWO.models for what in ROWS]), max_size=12))
def test_nothing_with_a_fault_is_ever_accepted(happened: list[str]) -> None:
    step = next_step(tried(*happened), TWO, free)
    if isinstance(step, Accepted):
        assert step.attempt.state == "answered"
        assert not step.attempt.faults
