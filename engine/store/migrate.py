"""Bringing the schema up to date with Alembic, inside the caller's transaction.

What the schema is, is known without Alembic, which takes longer to load than most commands take to do their work.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, inspect, text

# Any number that nobody else takes; it keeps two processes from migrating at once.
_LOCK = 7_236_152_001
# Alembic keeps the migration at hand in a global variable.
_ONE_AT_A_TIME = Lock()
_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection, to: str = "") -> str:
    """Run what is missing, up to a revision if one is named; returns the one it has then. The caller commits."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if revision(connection) != (to or newest()):
        with _ONE_AT_A_TIME:
            _run_what_is_missing(connection, to or "head")
    return revision(connection)


def revision(connection: Connection) -> str:
    """The schema's revision; empty for a database without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


@cache
def newest() -> str:
    """The revision that this version of Baton wants: the files are named by theirs, and each follows the one before."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _run_what_is_missing(connection: Connection, to: str) -> None:
    from alembic import command  # noqa: PLC0415 - seldom needed, and large
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
