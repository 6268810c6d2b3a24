"""The console as a client of the REST API: over HTTP to a server, or straight into the application of this folder.

With BATON_URL the commands go to that server. Without it they run the same routes in this process, over the database
that the settings of this folder name: whoever can read that file needs no password.
"""

from __future__ import annotations

import getpass
import os
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from api.cli.console import Exit, Failure, Json
from api.cli.loading import loading

if TYPE_CHECKING:
    import httpx

    from api.settings import Settings
    from engine.engine import Engine

PREFIX = "/api/v1"
TIMEOUT_SECONDS = 60.0
PAGE_SIZE = 200

_EXITS: Mapping[int, Exit] = {
    401: Exit.AUTH,
    403: Exit.AUTH,
    404: Exit.NOT_FOUND,
    429: Exit.AUTH,
    503: Exit.CANNOT_CONNECT,
}

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Local:
    """The parts of an in-process connection, for `run --wait`, which also drives the worker."""

    settings: Settings
    engine: Engine


class Client:
    """Asks the API. Every method returns the decoded JSON and raises `Failure` with the exit code that fits.

    `local` is set when the connection is in-process.
    """

    def __init__(self, http: httpx.Client, *, place: str, local: Local | None = None) -> None:
        self._http = http
        self.place = place
        self.local = local
        self._once_under = ""
        self._writes = 0

    def under(self, idempotency_key: str) -> Client:
        """This client, whose writing requests are each done once under that key, however often they are sent."""
        self._once_under = idempotency_key
        return self

    def get(self, path: str, **params: Json) -> Any:
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: Json = None, **params: Json) -> Any:
        return self._ask("POST", path, json=body or {}, params=params)

    def put(self, path: str, body: Json = None) -> Any:
        return self._ask("PUT", path, json=body or {})

    def patch(self, path: str, body: Json = None) -> Any:
        return self._ask("PATCH", path, json=body or {})

    def delete(self, path: str, **params: Json) -> Any:
        return self._ask("DELETE", path, params=params)

    def upload(self, path: str, files: list[tuple[str, bytes]], **params: Json) -> Any:
        """Send files as parts of a form, under the names given."""
        parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
        return self._ask("POST", path, files=parts, params=params)

    def pages(self, path: str, limit: int = 0, **params: Json) -> list[dict[str, Json]]:
        """The items of a paged list, page after page, at most `limit` of them (0: all)."""
        items: list[dict[str, Json]] = []
        after = None
        while True:
            wanted = min(PAGE_SIZE, limit - len(items)) if limit else PAGE_SIZE
            page = self.get(path, limit=wanted, after=after, **params)
            items += page["items"]
            after = page.get("next")
            if not after or (limit and len(items) >= limit):
                return items

    def lines(self, path: str, **params: Json) -> Iterator[str]:
        """The lines of a long text answer, as they come."""
        import httpx

        try:
            with self._http.stream("GET", PREFIX + path, params=_given(params), timeout=None) as response:
                if response.status_code >= 400:
                    response.read()
                    raise _problem(response)
                yield from response.iter_lines()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _ask(self, method: str, path: str, params: Mapping[str, Json] | None = None, **rest: Any) -> Any:
        import httpx

        headers = {} if method == "GET" else self._idempotency()
        try:
            response = self._http.request(method, PREFIX + path, params=_given(params or {}), headers=headers, **rest)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if response.status_code >= 400:
            raise _problem(response)
        return response.json() if response.content and "json" in response.headers.get("content-type", "") else None

    def _idempotency(self) -> dict[str, str]:
        """The header of the next writing request: a command may send several, each under a key of its own."""
        if not self._once_under:
            return {}
        self._writes += 1
        number = f"/{self._writes}" if self._writes > 1 else ""
        return {"Idempotency-Key": self._once_under + number}

    def _unreachable(self, error: Exception) -> Failure:
        import httpx

        timeout = isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout)
        return Failure(
            f"No answer from {self.place} ({error or type(error).__name__}). Is `baton serve` running there? "
            "BATON_URL or --url says where to look.",
            Exit.TIMEOUT if timeout else Exit.CANNOT_CONNECT,
            code="timeout" if timeout else "cannot-connect",
        )


def _given(params: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in params.items() if value not in (None, "", [])}


def _problem(response: httpx.Response) -> Failure:
    """The failure that a problem+json answer (or any other error answer) is."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    text = str(body.get("detail") or body.get("title") or f"The server answered {response.status_code}.")
    details = {name: body[name] for name in ("status", "fields", "findings") if body.get(name)}
    exit_code = _EXITS.get(response.status_code, Exit.FAILED)
    return Failure(text, exit_code, code=str(body.get("code") or f"http-{response.status_code}"), details=details)


def connect(url: str = "", token: str = "", user: str = "") -> Client:
    """The client for `url` or BATON_URL; the in-process one without any."""
    url = url or os.environ.get("BATON_URL", "")
    return _remote(url, token, user) if url else local()


def _remote(url: str, token: str, user: str) -> Client:
    httpx = _httpx_alone()
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"The server's address must begin with http:// or https://, not {url!r}.")
    token = token or os.environ.get("BATON_TOKEN", "")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    base = url.rstrip("/").removesuffix(PREFIX)
    http = httpx.Client(
        base_url=base,
        headers=headers,
        auth=None if token else _credentials(user),
        timeout=TIMEOUT_SECONDS,
        verify=_trusted(base),
    )
    return Client(http, place=base)


def _httpx_alone() -> ModuleType:
    """httpx without the console program in it, whose libraries take longer to load than a command takes to work."""
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # what is None here cannot be imported
    import httpx

    return httpx


def _trusted(url: str) -> ssl.SSLContext | bool:
    """Whom to trust: the usual authorities; nobody where no TLS is spoken, since their list takes long to read."""
    from urllib.request import getproxies

    is_plain = url.startswith("http://") and not getproxies()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else True


def _credentials(user: str) -> tuple[str, str] | None:
    name = user or os.environ.get("BATON_USER", "")
    if not name:
        return None
    password = os.environ.get("BATON_PASSWORD", "")
    if not password and sys.stdin.isatty():
        password = click.prompt(f"Password of {name}", hide_input=True, err=True)
    return name, password


def local(directory: Path | None = None) -> Client:
    """The in-process client over the database of `directory` (the working directory).

    A SQLite database that does not exist yet is created; one of an older version is not touched.
    """
    with loading():
        httpx = _httpx_alone()
        from api.app import create_app
        from api.cli.wired import open_engine
        from engine.actors import Actor, ActorKind, Role

        settings, engine = open_engine(directory)
        actor = Actor(_who(), ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
        app = create_app(settings, engine, actor=actor, is_whole=False)
    http = httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://localhost", timeout=TIMEOUT_SECONDS)
    return Client(http, place="the database of this folder", local=Local(settings, engine))


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no login name, as in some containers
        return "local"


def connected(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options that say where the server is, and a `Client` as its first argument."""

    @click.option("--url", metavar="URL", help="The server (BATON_URL). None: the database of this folder.")
    @click.option("--token", metavar="TOKEN", help="An API token (BATON_TOKEN).")
    @click.option("--user", metavar="NAME", help="Log in as (BATON_USER), with BATON_PASSWORD or asked for.")
    @click.option(
        "--idempotency-key",
        metavar="KEY",
        default="",
        help="For scripts: the same command under the same key is done once, and answered the same, for seven days.",
    )
    @wraps(command)
    def with_client(
        *args: Any, url: str | None, token: str | None, user: str | None, idempotency_key: str, **kwargs: Any
    ) -> R:
        client = connect(url or "", token or "", user or "").under(idempotency_key)
        return command(client, *args, **kwargs)

    return with_client
