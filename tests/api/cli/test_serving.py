"""`baton serve` over a database that cannot be used: one sentence, before anything is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli import serving
from api.cli.ports import next_free

Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def _never_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    def listen(*_: object) -> None:
        raise AssertionError("it was about to listen")

    monkeypatch.setattr(serving, "_listen", listen)


def serve(ask: Call) -> Any:
    return ask("serve", "--port", str(next_free("127.0.0.1", 20_000)), exit_code=6)["error"]


def test_a_file_that_is_no_database_is_refused_in_one_sentence(ask: Call, folder: Path) -> None:
    (folder / "baton.db").write_bytes(b"no database " * 1000)
    error = serve(ask)
    assert error["code"] == "store-unavailable"
    assert "file is not a database" in error["message"]


def test_a_folder_that_does_not_exist_is_named(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DATABASE_URL", "sqlite:////nowhere/at/all/baton.db")
    assert "/nowhere/at/all" in serve(ask)["message"]


def test_a_database_server_that_is_not_there_is_named(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DATABASE_URL", "postgresql+psycopg://baton@127.0.0.1:9/baton")
    assert "Connection refused" in serve(ask)["message"]
