"""`baton worker`: what it loads, and when."""

from __future__ import annotations

import threading

import pytest

from api.cli import working
from tests.api.cli.conftest import Baton

MODELS = '{"quick": {"model": "openai/quick", "free": true}}'


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Whether a worker that runs for half a second at most loaded the model library beside its work."""
    found = threading.Event()
    monkeypatch.setattr(working, "_warm_up", lambda _: found.set())
    monkeypatch.setattr(working.Loops, "run", lambda _: found.wait(0.5))
    monkeypatch.setattr(working.signal, "signal", lambda *_: None)
    monkeypatch.setattr(working, "keep", lambda: None)
    return found


@pytest.mark.parametrize(
    ("models", "options", "loads"),
    [(MODELS, [], True), ("", [], False), (MODELS, ["--except", "baton:ai-task:*"], False)],
    ids=["models and AI tasks", "no models", "no AI tasks"],
)
def test_a_worker_loads_the_model_library_ahead_when_it_will_call_models(
    baton: Baton, monkeypatch: pytest.MonkeyPatch, loaded: threading.Event, models: str, options: list[str], loads: bool
) -> None:
    if models:
        monkeypatch.setenv("BATON_MODELS", models)
    baton("worker", *options)
    assert loaded.is_set() == loads
