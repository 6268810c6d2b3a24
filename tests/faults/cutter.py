"""A proxy before PostgreSQL that cuts connections: anywhere, before a commit arrives, or before its answer."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tests.faults.nodes import Notes

_COMMIT = b"COMMIT\0"  # as it stands in a message of PostgreSQL's protocol
_MOST = 65_536


class Cutter:
    """A process that listens on a port of loopback and passes everything on to a server's Unix socket.

    Of the commits, `fatal` are cut: half of them before they arrive, half before the answer does. A signal cuts all
    connections that are open.
    """

    def __init__(self, upstream: Path, notes: Notes, seed: int, fatal: float) -> None:
        self._upstream, self._notes, self._fatal = upstream, notes, fatal
        self._chance = random.Random(seed)
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pid = os.fork()
        if not self._pid:
            self._serve()
        self._listener.close()

    def cut_all(self) -> str:
        """Cut every connection that is open now."""
        os.kill(self._pid, signal.SIGUSR1)
        return "all connections cut at any moment"

    def close(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _serve(self) -> NoReturn:
        signal.signal(signal.SIGUSR1, lambda *_: [_cut(one) for one in tuple(self._open)] and None)
        while True:
            client, _ = self._listener.accept()
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._upstream))
            except OSError:
                client.close()
                continue
            self._open |= {client, server}
            threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, to: socket.socket, is_client: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_MOST):
                if is_client and _COMMIT in data and self._chance.random() < self._fatal:
                    self._cut_at_commit(to, data)
                    break
                to.sendall(data)
        for one in (source, to):
            _cut(one)
            self._open.discard(one)

    def _cut_at_commit(self, server: socket.socket, data: bytes) -> None:
        if self._chance.random() < 0.5:
            self._notes.add("connection cut before the commit arrived")
            return
        server.sendall(data)
        # The server ends the session when it has done what was asked of it: the commit is made, and nobody is told.
        self._notes.add("connection cut before the commit's answer")


def _cut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
