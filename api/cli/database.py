"""`baton db`: the database, created, upgraded and checked."""

from __future__ import annotations

import click

from api.cli.console import Exit, Failure, Group, show
from api.cli.wired import load_settings, upgrade_database


@click.group(cls=Group)
def db() -> None:
    """The database: create, upgrade, check."""


@db.command("upgrade")
def upgrade() -> None:
    """Create the tables, or bring them up to this version of Baton."""
    upgrade_database()
    show({"upgraded": True}, "The database is ready.")


@db.command("check")
def check() -> None:
    """Say whether the database can be reached and has the right tables. Exit code 6 when not."""
    from engine.store import open_store

    store = open_store(load_settings().database_url)
    health = store.check()
    data = {"url": store.url, "backend": health.backend, "revision": health.revision, "wanted": health.wanted}
    if not health.is_current:
        found = f"has schema {health.revision}" if health.revision else "has no tables yet"
        raise Failure(
            f"{store.url} {found}; this Baton wants {health.wanted}. Run `baton db upgrade`.",
            Exit.CANNOT_CONNECT,
            code="store-unavailable",
            details=data,
        )
    show({"ok": True, **data}, f"{store.url} is in order: schema {health.revision}.")
