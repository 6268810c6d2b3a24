"""The payment of the samples, which is none."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Permanent
from connectors.stub_payment import pay
from tests.support.books import request


def test_it_says_that_it_is_a_stub() -> None:
    paid = pay(request({"amount": 12.5, "currency": "EUR"})).response
    assert paid["stub"] is True
    assert paid["status"] == "accepted"
    assert (paid["amount"], paid["currency"]) == (12.5, "EUR")


def test_every_try_of_a_job_is_the_same_payment_and_no_other_jobs() -> None:
    first, again, other = (
        pay(request({"amount": 1}, idempotency_key=key)).response["paymentId"] for key in ("a", "a", "b")
    )
    assert first == again != other


@pytest.mark.parametrize("amount", [None, "", "ten", 0, -3, True, [], float("inf"), float("nan"), "nan"])
def test_an_amount_that_cannot_be_paid_is_named(amount: Any) -> None:
    with pytest.raises(Permanent, match="'amount' of a payment must be a positive number"):
        pay(request({"amount": amount}))
