"""Ports of this machine."""

from __future__ import annotations

import socket

import pytest

from api.cli.console import Failure
from api.cli.ports import is_free, next_free


def test_a_port_that_somebody_listens_on_is_taken_and_the_next_one_is_found() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert next_free("127.0.0.1", port) > port
        with pytest.raises(Failure, match="No port between"):
            next_free("127.0.0.1", port, tries=1)
