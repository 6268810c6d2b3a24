"""Bringing the schema up to date with Alembic, inside the caller's transaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

# Any number that nobody else takes; it keeps two processes from migrating at once.
_LOCK = 7_236_152_001
# Alembic keeps the migration at hand in a global variable.
_ONE_AT_A_TIME = Lock()


def upgrade(connection: Connection) -> str:
    """Run what is missing; returns the revision. The caller commits."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if revision(connection) != newest():
        config = _config()
        config.attributes["connection"] = connection
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
    return revision(connection)


def revision(connection: Connection) -> str:
    """The schema's revision; empty for a database without tables."""
    return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def newest() -> str:
    """The revision that this version of Baton wants."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config
