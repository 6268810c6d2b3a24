"""Times as Camunda 8 writes them."""

from __future__ import annotations

from datetime import datetime


def shown(at: datetime | None) -> str | None:
    """RFC 3339 with an offset; None for no time."""
    return None if at is None else at.isoformat()
