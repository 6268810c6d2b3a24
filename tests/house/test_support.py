"""The tests' own tools: the way out is shut, and the databases are real and each test's own."""

from __future__ import annotations

import socket
import subprocess
import sys

import httpx
import psycopg
import pytest

from engine.store import open_store
from tests.support.offline import OutsideSocket, is_inside


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_to_an_outside_address_is_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(OutsideSocket):
        outside.connect((host, 80))


def test_a_name_outside_is_not_even_looked_up() -> None:
    with pytest.raises(OutsideSocket):
        socket.getaddrinfo("example.invalid", 80)


def test_a_library_cannot_leave_either() -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(OutsideSocket):
        client.get("http://192.0.2.1/")


def test_a_child_process_is_sent_to_a_proxy_that_nobody_serves() -> None:
    code = "import httpx; httpx.get('http://192.0.2.1/', timeout=5)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ConnectError" in child.stderr


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.parametrize("address", ["/tmp/socket", ("127.0.0.9", 1), ("::1", 1, 0, 0), (b"localhost", 1), ("", 1)])
def test_what_counts_as_inside(address: object) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", [("10.0.0.1", 1), ("example.org", 443), ("fe80::1%eth0", 1)])
def test_what_counts_as_outside(address: object) -> None:
    assert not is_inside(address)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_postgresql_database_of_its_own(postgres_url: str, turn: int) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE only_mine (turn integer)")
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_the_databases_are_of_both_kinds(database_url: str, request: pytest.FixtureRequest) -> None:
    assert database_url.startswith(request.node.callspec.params["database_url"])


def test_a_database_with_tables_is_ready_for_use(upgraded_database_url: str) -> None:
    store = open_store(upgraded_database_url)
    assert store.check().is_current
    store.close()
