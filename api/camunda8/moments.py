"""Times as Camunda 8 writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def shown(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond and with a Z, which alone strict clients read; None for no time."""
    if at is None:
        return None
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
