"""Signals: telling everybody at once that something happened."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, TenantIn, Variables, shown
from api.rest.views.running import SignalView

signals = noun("signals", "Signals: telling every instance that waits, and every process that starts, at once.")


class SignalBody(Body):
    """A signal."""

    name: Name = Field(description="The signal's name in the diagram.")
    variables: Variables = Field(default={}, description="Given to everybody who hears it.")
    tenant_id: TenantIn = ""


@signals.post("", responses={200: SignalView})
def broadcast(body: SignalBody) -> Response:
    """Broadcast a signal: everybody who waits for it now gets it; it is not kept for those who come later."""
    sent = engine().broadcast_signal(body.name, variables=body.variables, tenant_id=body.tenant_id, by=actor())
    return shown(SignalView, sent)
