"""`baton db`: the database, created, upgraded, checked, copied and put back."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import islice
from pathlib import Path

import click

from api.cli.console import Exit, Failure, Group, show
from api.cli.wired import load_settings, open_engine, upgrade_database

#: How many contradictions are worth naming.
MOST_NAMED = 20


@click.group(cls=Group)
def db() -> None:
    """The database: create, upgrade, check, back up, restore."""


@db.command("upgrade")
def upgrade() -> None:
    """Create the tables, or bring them up to this version of Baton. Servers and workers may go on meanwhile."""
    upgrade_database()
    show({"upgraded": True}, "The database is ready.")


@db.command("check")
def check() -> None:
    """Say whether the database can be reached and has the right tables. Exit code 6 when not."""
    from engine.store import open_store

    store = open_store(load_settings().database_url)
    health = store.check()
    data = {"url": store.url, "backend": health.backend, "revision": health.revision, "wanted": health.wanted}
    if not health.is_usable:
        found = f"has schema {health.revision}" if health.revision else "has no tables yet"
        raise Failure(
            f"{store.url} {found}; this Baton wants {health.wanted}. Run `baton db upgrade`.",
            Exit.CANNOT_CONNECT,
            code="store-unavailable",
            details=data,
        )
    show({"ok": True, **data}, f"{store.url} is in order: schema {health.revision}.")


@db.command("verify")
def verify() -> None:
    """Look at every row: does what waits fit the instances, and is the audit trail intact? Exit code 1 when not.

    Meant for a database that was restored. Servers and workers may go on meanwhile.
    """
    _, engine = open_engine()
    misfits = list(islice(engine.queries.misfits(), MOST_NAMED))
    report = engine.queries.verify_audit()
    told = [f"instance {one.instance_key}, element {one.element_key}: {one.what}" for one in misfits]
    told += [f"audit chain {one.chain}, record {one.seq}: {one.what}. {one.detail}" for one in report.faults]
    if told:
        raise Failure("\n".join(["The database is not in order.", *told]), code="unhealthy", details={"found": told})
    show({"ok": True, "records": report.records}, f"All rows fit, and {report.records} audit records are intact.")


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database, as it is at one moment, to FILE. Servers and workers go on meanwhile.

    For PostgreSQL this is `pg_dump --format=custom`.
    """
    from engine.store.backup import copy_to, sqlite_file

    if file.exists():
        raise Failure(f"{file} exists already. Name another file.", code="file-exists")
    url = load_settings().database_url
    if (database := sqlite_file(url)) is not None:
        copy_to(database, file)
    else:
        _postgres_tool(url, "pg_dump", "--format=custom", "--no-owner", "--file", str(file), "--dbname")
    size = file.stat().st_size
    show({"file": str(file), "bytes": size}, f"The database is in {file} ({size:,} bytes).")


@db.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database holds now.")
def restore(file: Path, force: bool) -> None:
    """Put a copy that `baton db backup` made in the place of the database. Stop all servers and workers first."""
    from engine.store.backup import put_back, sqlite_file

    url = load_settings().database_url
    if not force and _holds_something(url):
        raise Failure("There is a database already. Use --force to replace what it holds.", code="file-exists")
    if (database := sqlite_file(url)) is not None:
        put_back(file, database)
    else:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error", "--dbname")
        _postgres_tool(url, "pg_restore", *options, last=str(file))
    show({"restored": True}, "The database is restored. `baton db verify` looks at every row of it.")


def _holds_something(url: str) -> bool:
    from engine.store import open_store
    from engine.store.backup import sqlite_file

    if (database := sqlite_file(url)) is not None:
        return database.exists()
    store = open_store(url)
    try:
        return bool(store.check().revision)
    finally:
        store.close()


def _postgres_tool(url: str, program: str, *options: str, last: str = "") -> None:
    """Run one of PostgreSQL's own programs; it gets the password by the environment, where no other user sees it."""
    from engine.store.backup import libpq_uri

    if shutil.which(program) is None:
        raise Failure(f"{program} is not on the PATH. It comes with PostgreSQL's client programs.", code="no-program")
    uri, password = libpq_uri(url)
    environ = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [program, *options, uri, *([last] if last else [])]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{program} failed: {done.stderr.strip()[-1000:]}", code="no-program")
