"""Webhooks as standardwebhooks.com has them: signed, numbered, and the same number at every try."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from connectors.base import Permanent, Request, Result, Retryable
from connectors.web_inputs import WebRequest
from connectors.web_request import send

_GONE = 410
_SECONDS = 15.0


def webhook(request: Request) -> Result:
    """Job type `baton:webhook:1`. Inputs: url, body (JSON), secret (base64 after `whsec_`).

    Raises Permanent for 410, by which a receiver says that it wants no more, and for an address that is none; Retryable
    for everything else but 2xx.
    """
    from standardwebhooks import Webhook

    text = json.dumps(request.variables["body"], ensure_ascii=False, separators=(",", ":"))
    now = datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": request.idempotency_key,
        "webhook-id": request.idempotency_key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(request.variables["secret"]).sign(request.idempotency_key, now, text),
    }
    response = send(
        WebRequest(
            method="POST",
            url=request.variables["url"],
            headers=headers,
            query={},
            body=text.encode(),
            connect_seconds=_SECONDS,
            read_seconds=_SECONDS,
            follow_redirects=False,
        )
    )
    if response.status == _GONE:
        raise Permanent("The receiver answered 410: it wants no more.", code="410")
    if not 200 <= response.status < 300:
        raise Retryable(
            f"The receiver answered {response.status} {response.reason}.".strip(), code=str(response.status)
        )
    return Result({"status": response.status})
