"""What protects every request and answer alike: browser headers, and refusing requests that foreign web pages send.

Browsers send stored basic credentials, or reach a server on loopback, for any page that asks them to. Nobody but our
own pages and Camunda Modeler has a reason to, so anything with a foreign `Origin` is refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Request

from api.problems import Problem

#: Pages use nothing inline and nothing from outside.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}

_BY_NAME = {name.lower(): (name, value) for name, value in HEADERS.items()}

#: Origins that pages loaded from a file have, Camunda Modeler's among them.
FILE_ORIGINS = frozenset({"null", "file://"})


def protected(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """An answer's headers, and the security headers that it does not set itself."""
    own = {name.lower() for name, _ in headers}
    return [*headers, *(pair for name, pair in _BY_NAME.items() if name not in own)]


def refuse_foreign_origin(request: Request) -> None:
    """Raises `Problem` 403 when a page of another origin sent the request; programs send no Origin."""
    origin = request.headers.get("Origin")
    if origin is None or origin == request.host_url.rstrip("/") or is_modeler(request):
        return
    if urlsplit(origin).netloc == request.host:  # the same place behind a proxy that ends TLS
        return
    raise Problem(
        403,
        "foreign-origin",
        f"A page of {origin[:200]} sent this request. Baton answers its own pages, Camunda Modeler and programs only.",
    )


def is_modeler(request: Request) -> bool:
    """Whether Camunda Modeler's window sent it: a file page inside Electron, which no web site can pose as."""
    program = request.headers.get("User-Agent", "").lower()
    return request.headers.get("Origin") in FILE_ORIGINS and "electron/" in program


def refuse_foreign_host(request: Request, own: str) -> None:
    """Raises `Problem` 403 when a loopback server is addressed by a name that is not this machine's.

    A web site may point its own name at 127.0.0.1 and would then count as the same origin (DNS rebinding).
    """
    name = urlsplit(f"//{request.host}").hostname or ""
    if name in ("localhost", own) or _is_loopback(name):
        return
    raise Problem(403, "foreign-origin", f"This server is for this machine only, and '{name[:200]}' is not its name.")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
