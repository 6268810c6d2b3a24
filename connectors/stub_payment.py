"""A stub: the payment of the samples. It moves no money, writes nothing and calls nobody.

It exists so that a sample process has something to do after the approval. Swap the job type for a real connector or an
external worker before any real use.
"""

from __future__ import annotations

import hashlib

from connectors.base import Permanent, Request, Result

TYPE = "baton:stub-payment:1"


def pay(request: Request) -> Result:
    """Pretend to pay `amount` (a positive number, inputs also: currency, payee, reference).

    The same job gives the same `paymentId` however often it runs, as a payment service that honours idempotency keys
    would. Response: paymentId, status "accepted", amount, currency, stub (always true). Raises Permanent when the
    amount is missing or not a positive number.
    """
    amount = _amount(request.variables.get("amount"))
    digest = hashlib.sha256(f"{TYPE}:{request.idempotency_key}".encode()).hexdigest()
    return Result(
        {
            "paymentId": f"stub-{digest[:16]}",
            "status": "accepted",
            "amount": amount,
            "currency": request.variables.get("currency"),
            "stub": True,
        }
    )


def _amount(value: object) -> int | float:
    try:
        amount = float(value) if isinstance(value, str) else value
    except ValueError:
        amount = None
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not amount > 0 or amount == float("inf"):
        raise Permanent(
            f"Input 'amount' of a payment must be a positive number, but is {str(value)[:100]!r}. "
            "Map it in the task's inputs.",
        )
    return int(amount) if float(amount).is_integer() else amount
