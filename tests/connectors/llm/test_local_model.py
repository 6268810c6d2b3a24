"""A real language model on this machine. Skipped where its weights are not: `baton models install smollm2`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from connectors.base import Result, Review
from connectors.llm import models
from connectors.llm.local_server import LocalServer
from connectors.llm.task import AiTask
from tests.support import source
from tests.support.books import Books, request

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(models.path_of("smollm2") is None, reason="needs the weights of smollm2"),
]
DOCUMENT = "Polar Cleaning\nInvoice BH/2025/118\nTotal 2310,50 EUR"
SCHEMA = {
    "type": "object",
    "properties": {"supplier": {"type": "string"}, "total": {"type": "number"}, "currency": {"enum": ["EUR", "USD"]}},
    "required": ["supplier", "total", "currency"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    weights = models.path_of("smollm2")
    assert weights
    with LocalServer(weights, name="smollm2") as running:
        yield running


def test_it_answers_health_checks_on_loopback_only(server: LocalServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert server.is_running()


def test_its_answers_have_the_form_and_pass_the_checks_or_go_to_a_person(server: LocalServer) -> None:
    task = AiTask.of({"local/smollm2": {"api_base": server.url}})
    books = Books()
    inputs = {
        "prompt": "Read supplier, total and currency.",
        "input": DOCUMENT,
        "schema": SCHEMA,
        "models": "local/smollm2",
        "minConfidence": 0.5,
        "onExhausted": "reviewers",
    }
    outcome = task(request(inputs, books, timeout_seconds=120.0))
    assert isinstance(outcome, Result | Review)
    assert books.rows
    for row in books.rows:
        assert row.state == "answered"
        assert row.ai_kind == "local-llm"
        assert set(json.loads(row.answer or "")) == {"supplier", "total", "currency"}, "the grammar holds"
        assert row.cost == 0
        assert row.tokens_out
    if isinstance(outcome, Result):
        assert (outcome.response["confidence"] or 0) >= 0.5


def test_its_probabilities_belong_to_its_words(server: LocalServer) -> None:
    from connectors.llm.call import Call
    from connectors.llm.confidence import least_probability
    from connectors.llm.prompt import messages
    from connectors.llm.providers import Providers
    from connectors.llm.settings import Models

    provider = Providers(Models.read({"local/smollm2": {"api_base": server.url}})).of("local/smollm2")
    words = messages("Read supplier, total and currency.", DOCUMENT, SCHEMA)
    reply = provider.ask(Call(words, SCHEMA, DOCUMENT, 120.0, lambda _: ""))
    score = least_probability(reply.text, reply.tokens)
    assert score is not None
    assert 0 < score < 1


def test_the_server_ends_with_its_owner() -> None:
    """Also when that one is killed: nothing stays behind on the machine."""
    code = (
        "import sys, time; from connectors.llm import local_server, models;"
        "s = local_server.LocalServer(models.path_of('smollm2')); print(s._process.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=source.ROOT)
    assert owner.stdout
    pid = int(owner.stdout.readline())
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
