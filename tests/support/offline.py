"""Keeps the tests in the house: whoever reaches for an address outside this machine gets an error that says so.

An audit hook sees every socket that Python opens, whatever library opens it. Child processes are told of a proxy that
nobody serves.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

NOWHERE = "http://127.0.0.1:9"
_BEFORE = dict(os.environ)
_installed = False


class OutsideSocket(RuntimeError):
    """A test tried to leave the machine."""


def forbid_outside_sockets() -> None:
    """From now on, in this process and for what it starts. Cannot be undone: that is the nature of audit hooks."""
    global _installed  # noqa: PLW0603
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ[name] = os.environ[name.lower()] = NOWHERE
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost,::1"
    if not _installed:
        sys.addaudithook(_watch)
        _installed = True


def environment_of_an_installer() -> dict[str, str]:
    """For the one thing that a test may fetch: a peer that it compares Baton with, by its own package manager."""
    return dict(_BEFORE)


def is_inside(address: Any) -> bool:
    """Whether a socket address (a Unix path, or a host first) stays on this machine."""
    if not isinstance(address, tuple):
        return True
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0] or "localhost")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        # Looking up a number or this machine's own name asks nobody.
        address = (arguments[0],) if not _is_number(arguments[0]) else None
    else:
        return
    if not is_inside(address):
        raise OutsideSocket(f"A test reached for {address!r}. Tests talk to this machine only; use a scripted peer.")


def _is_number(host: Any) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return True
