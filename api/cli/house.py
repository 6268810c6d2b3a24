"""A running Baton on this machine: its folder, its settings, its processes and the way to talk to it."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import api
from api.cli.client import Client, connect
from api.cli.console import Exit, Failure
from api.cli.ports import is_free, next_free
from api.cli.tree import Child, Stop, Tree, last_lines

if TYPE_CHECKING:
    from engine.engine import Engine

HOST = "127.0.0.1"
FIRST_PORT = 8080
START_SECONDS = 60.0
LOGIN = "demo"

#: The accounts of the demo: groups and roles. All have the same password.
ACCOUNTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    LOGIN: (("accounting", "management"), ("admin",)),
    "anna": (("accounting",), ("approver",)),
    "max": (("management",), ("approver",)),
}


class House:
    """Starts and ends the processes. `password` is that of the demo's accounts, empty where nobody logs in."""

    def __init__(self, directory: Path, environ: Mapping[str, str], *, password: str = "") -> None:
        logs = directory / ".baton" / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.environ = dict(environ)
        self.password = password
        self.url = f"http://{HOST}:{environ['BATON_PORT']}"
        self.tree = Tree(self.environ, directory, logs)

    @classmethod
    def open(cls, folder: Path, *, port: int | None) -> Self:
        """The demo's house in a folder of its own: database, accounts with a password, everything on loopback."""
        directory = folder.resolve()
        directory.mkdir(parents=True, exist_ok=True)
        environ = {
            **_environ(),
            "BATON_DATABASE_URL": f"sqlite:///{directory / 'baton.db'}",
            "BATON_AUTH": "basic",
            "BATON_HOST": HOST,
            "BATON_PORT": str(_port(port)),
        }
        password = _prepare(directory, environ)
        return cls(directory, environ, password=password)

    @classmethod
    def here(cls, *, port: int | None) -> Self:
        """The house of the working directory, with its baton.toml."""
        from api.cli.wired import load_settings

        settings = load_settings()
        if settings.host not in (HOST, "localhost"):
            raise Failure(
                f"`baton dev` is for this machine; host is {settings.host}. Use `baton serve` and `baton worker`."
            )
        wanted = port or settings.port
        free = _port(wanted) if port else next_free(HOST, wanted)
        environ = {**_environ(), "BATON_HOST": HOST, "BATON_PORT": str(free)}
        if "agents" not in settings.model_fields_set:
            environ["BATON_AGENTS"] = "declared"  # Modeler deploys diagrams, and no agents beside them
        return cls(Path.cwd(), environ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.tree.stop()

    def start_server(self, stop: Stop) -> None:
        """Start the server and wait until it answers. Raises `Failure` with the end of its log when it does not."""
        child = self.tree.start("server", ["serve", "--upgrade"])
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if child.process.poll() is not None:
                raise _fallen(child)
            if time.monotonic() > until:
                raise Failure(
                    f"The server did not answer within {START_SECONDS:g} s:\n{last_lines(child.log)}", Exit.TIMEOUT
                )
            if stop.wait(0.1):
                return

    def start_worker(self, model: str) -> None:
        """Start worker and scheduler. The worker loads the local `model` at once; with "" it finds no local model."""
        if model:
            self.tree.start("worker", ["worker", "--warm-up", model])
            return
        nowhere = self.directory / ".baton" / "no-models"
        self.tree.start("worker", ["worker"], {"BATON_MODELS_DIR": str(nowhere)})

    def keep_running(self, stop: Stop) -> None:
        """Wait until somebody stops it. Raises `Failure` when a process ends by itself."""
        while not stop.wait(0.5):
            child = self.tree.fallen()
            if child is not None:
                raise _fallen(child)

    def client(self) -> Client:
        """A client of the server, logged in as the demo's administrator where there is a login."""
        if self.password:
            os.environ["BATON_PASSWORD"] = self.password
        return connect(self.url, user=LOGIN if self.password else "")

    def _answers(self) -> bool:
        import httpx

        try:
            return httpx.get(f"{self.url}/health/live", timeout=2.0, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def _environ() -> dict[str, str]:
    """What children inherit: everything but the console's own settings, and the place of this very installation."""
    kept = {name: value for name, value in os.environ.items() if name not in _CONSOLE}
    root = str(Path(api.__file__).parents[1])
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [root, kept.get("PYTHONPATH", "")]))
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


_CONSOLE = frozenset({"BATON_URL", "BATON_TOKEN", "BATON_USER", "BATON_PASSWORD"})


def _port(wanted: int | None) -> int:
    if wanted is None:
        return next_free(HOST, FIRST_PORT)
    if not is_free(HOST, wanted):
        raise Failure(f"Port {wanted} is taken. Leave --port out, and the next free one is used.", code="port-in-use")
    return wanted


def _prepare(directory: Path, environ: Mapping[str, str]) -> str:
    """Make the demo's accounts, unless they are there; returns their password.

    The second time nothing of the engine is loaded here: the server brings the database up to date while it starts.
    """
    login = directory / "login.json"
    if login.exists():
        return str(json.loads(login.read_text())["password"])
    from api.settings import Settings
    from api.wiring import build_engine

    password = secrets.token_urlsafe(9)
    _make_accounts(build_engine(Settings.load(environ, directory)), password)
    login.touch(mode=0o600)
    login.write_text(json.dumps({"user": LOGIN, "password": password}))
    return password


def _make_accounts(engine: Engine, password: str) -> None:
    from api.auth import hash_password
    from engine.actors import SYSTEM, Role

    hashed = hash_password(password)
    for name, (groups, roles) in ACCOUNTS.items():
        engine.save_user(
            name,
            password_hash=hashed,
            groups=list(groups),
            roles=[Role(role) for role in roles],
            active=True,
            by=SYSTEM,
        )


def _fallen(child: Child) -> Failure:
    code = child.process.returncode
    return Failure(
        f"The {child.name} ended by itself (exit code {code}). The end of {child.log}:\n{last_lines(child.log)}",
        code="process-ended",
    )
