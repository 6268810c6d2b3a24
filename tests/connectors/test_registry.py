"""Which connector serves what, and at what price."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from connectors import registry
from connectors.base import Permanent, Request, Result
from connectors.registry import AI_TASK, AI_TYPES, MCP_CLIENTS, MCP_REMOTE_CLIENTS, Registry
from tests.support import source

BUILT_IN = {
    *AI_TYPES,
    *MCP_CLIENTS,
    *MCP_REMOTE_CLIENTS,
    "io.camunda.agenticai:adhoctoolsschema:1",
    "io.camunda:http-json:1",
    "http",
    "http-connector",
    "soap-http-connector",
    "mail",
    "mail-send",
    "baton:probe:1",
    "baton:stub-payment:1",
    "baton:webhook:1",
}


def score(request: Request) -> Result:
    return Result({"score": 1})


def install(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    point = EntryPoint(name, value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])


def test_the_built_in_types_are_served() -> None:
    assert Registry(use_entry_points=False).types() == BUILT_IN


def test_every_built_in_connector_can_be_loaded() -> None:
    loaded = Registry(models={}, use_entry_points=False).load()
    assert all(callable(loaded.get(type_)) for type_ in BUILT_IN)


def test_an_unknown_type_has_no_connector() -> None:
    assert Registry(use_entry_points=False).get("crm:9") is None


def test_what_the_wiring_adds_wins() -> None:
    assert Registry({"http-connector": score}, use_entry_points=False).get("http-connector") is score


def test_an_installed_package_brings_its_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "acme:score:1", f"{__name__}:score")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[score.__module__])
    found = Registry()
    assert "acme:score:1" in found.types()
    assert found.get("acme:score:1") is score


def test_a_package_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "acme:score:1", "no_such_package.anywhere:score")
    with pytest.raises(Permanent, match=r"'acme:score:1' \(no_such_package.anywhere:score\) cannot be loaded"):
        Registry().get("acme:score:1")


def test_a_package_may_not_take_a_type_of_batons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, AI_TASK, "acme:score")
    with pytest.raises(Permanent, match="wants a job type that Baton serves itself"):
        Registry()


def test_the_connector_is_made_once() -> None:
    found = Registry(models={}, use_entry_points=False)
    assert found.get(AI_TASK) is found.get(AI_TASK)


@pytest.mark.parametrize("heavy", ["litellm", "openai", "httpx", "jsonschema", "xllamacpp"])
def test_knowing_what_is_served_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys; from connectors.registry import Registry; Registry().types(); print({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=source.ROOT)
    assert done.stdout.strip() == "False"


def test_wrong_model_settings_are_refused_when_the_connector_is_wanted() -> None:
    settings: Any = {"fast": {"prise": 1}}
    with pytest.raises(Permanent, match="Model 'fast' has unknown settings: prise"):
        Registry(models=settings, use_entry_points=False).get(AI_TASK)
