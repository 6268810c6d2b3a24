"""How logs look: lines for people, or JSON with everything that is known about where they come from."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from api.cli.logs import to_standard_error
from connectors.base import Request, Result
from engine.clock import FakeClock
from engine.worker import from_environment
from tests.engine.worker_house import House


@pytest.fixture(autouse=True)
def _handlers_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_of_json_for_each_event_those_of_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    to_standard_error(logging.INFO, as_json=True)
    structlog.get_logger().info("job completed", job=1)
    logging.getLogger("some.library").warning("careful %s", "now")
    ours, theirs = lines(capsys)
    assert (ours["event"], ours["job"], ours["level"]) == ("job completed", 1, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("careful now", "some.library", "warning")
    assert ours["timestamp"]
    assert theirs["timestamp"]


def test_whatever_logs_while_a_job_is_done_says_which(
    upgraded_sqlite_url: str, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def connector(request: Request) -> Result:
        logging.getLogger("some.library").warning("called")
        return Result(None)

    to_standard_error(logging.INFO, as_json=True)
    house = House(upgraded_sqlite_url, clock)
    worker = house.serve(connector)
    house.start()
    worker.run_until_idle()
    [called] = [line for line in lines(capsys) if line["event"] == "called"]
    assert (called["instance"], called["element"], called["worker"]) == (house.key, "a", "w1")
    assert called["job"]
    house.store.close()


def test_the_next_line_of_another_thread_knows_nothing_of_that_job(capsys: pytest.CaptureFixture[str]) -> None:
    to_standard_error(logging.INFO, as_json=True)
    structlog.get_logger().info("elsewhere")
    assert "job" not in lines(capsys)[0]


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_and_no_personal_data_gets_into_a_log_not_even_in_a_traceback(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    from_environment({"BATON_SECRET_CRM": "open-sesame-1234"})
    to_standard_error(logging.INFO, as_json=as_json)
    said = "anna@example.com pays from DE89370400440532013000 with b3Blbi1zZXNhbWUtMTIzNA=="
    try:
        raise ValueError(f"login with open-sesame-1234 failed for {said}")
    except ValueError:
        structlog.get_logger().exception("job failed", said=said, job=250000000000000123)
        logging.getLogger("some.library").exception("careful: %s", said)
    log = capsys.readouterr().err
    assert "Traceback" in log
    assert "250000000000000123" in log, "keys of jobs are no personal data"
    for hidden in ("open-sesame", "anna@", "DE8937", "b3Blbi1z"):
        assert hidden not in log
    assert log.count("<SECRET>") >= 4
