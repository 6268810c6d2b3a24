"""Ports of this machine: whether one is free, and the next one that is."""

from __future__ import annotations

import socket

from api.cli.console import Exit, Failure


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are only fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(host: str, first: int, *, tries: int = 50) -> int:
    """The first free port from `first` on. Raises `Failure` when none of the next ones is."""
    for port in range(first, min(first + tries, 65536)):
        if is_free(host, port):
            return port
    raise Failure(
        f"No port between {first} and {first + tries - 1} is free on {host}.", Exit.FAILED, code="port-in-use"
    )
