"""Whether a database is one that this version of Baton can work on."""

from __future__ import annotations

from engine.errors import StoreUnavailable
from engine.store import Store


def ready(store: Store) -> None:
    """Give an empty database its tables; refuse one of another version, because upgrading it is a decision.

    Raises `StoreUnavailable` for that, and when the database does not answer.
    """
    health = store.check()
    if not health.revision:
        store.upgrade()
    elif not health.is_current:
        raise StoreUnavailable(
            f"The database has schema {health.revision}, and this version of Baton wants {health.wanted}. "
            "Make a copy of it, then run `baton db upgrade`."
        )
