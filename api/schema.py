"""Whether a database is one that this version of Baton can work on."""

from __future__ import annotations

from engine.errors import StoreUnavailable
from engine.store import Store


def ready(store: Store) -> None:
    """Give an empty database its tables; refuse one of an older version, because upgrading it is a decision.

    One of a later version is good: while nodes are replaced one by one, old and new work side by side. Raises
    `StoreUnavailable`, also when the database does not answer.
    """
    health = store.check()
    if not health.revision:
        store.upgrade()
    elif not health.is_usable:
        raise StoreUnavailable(
            f"The database has schema {health.revision}, and this version of Baton wants {health.wanted}. "
            "Make a copy of it, then run `baton db upgrade`."
        )
