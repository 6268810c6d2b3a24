"""Settings and engine of this folder, for the commands that work without a server."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.console import say

if TYPE_CHECKING:
    from api.settings import Settings
    from engine.engine import Engine


def load_settings(directory: Path | None = None) -> Settings:
    """The settings of a folder (the working directory). Raises SettingsError."""
    from api.settings import Settings

    return Settings.load(os.environ, directory or Path.cwd())


def open_engine(directory: Path | None = None, *, log_level: int = logging.WARNING) -> tuple[Settings, Engine]:
    """Settings and an engine over their database; logs go to standard error, from `log_level` on.

    An empty database gets its tables; one of an older version is refused (StoreUnavailable says what to do).
    """
    from api.cli.logs import to_standard_error
    from api.wiring import build_engine

    settings = load_settings(directory)
    to_standard_error(log_level, as_json=settings.log_format == "json")
    if _is_missing(settings.database_url):
        say(f"There is no database yet; making one: {settings.database_url}")
    return settings, build_engine(settings)


def upgrade_database() -> None:
    """Create the tables of the folder's database, or bring them up to this version of Baton."""
    from engine.store import open_store

    store = open_store(load_settings().database_url)
    store.upgrade()
    store.close()


def check_database() -> None:
    """Make sure, before anything is started, that the folder's database can be used; an empty one gets its tables.

    Raises StoreUnavailable, which says what to do.
    """
    from api.schema import ready
    from engine.store import open_store

    url = load_settings().database_url
    if _is_missing(url):
        say(f"There is no database yet; making one: {url}")
    store = open_store(url)
    try:
        ready(store)
    finally:
        store.close()


def _is_missing(url: str) -> bool:
    """Whether the URL names a SQLite file that does not exist."""
    prefix = "sqlite:///"
    return url.startswith(prefix) and not Path(url.removeprefix(prefix)).exists()
