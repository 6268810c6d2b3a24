"""What a model's name stands for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Permanent
from connectors.llm.chat import Chat
from connectors.llm.local_server import LocalChat
from connectors.llm.providers import Providers
from connectors.llm.rules import Rules
from connectors.llm.settings import Models
from connectors.llm.usage import Price, show
from connectors.scripted import ScriptedModel


def test_a_table_is_read_and_prices_become_exact() -> None:
    row = Models.read({"fast": {"model": "openai/x", "input_per_million": 0.15, "output_per_million": "0.6"}}).of(
        "fast"
    )
    assert row.price == Price(Decimal("0.00000015"), Decimal("0.0000006"))


def test_the_environment_may_hold_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_MODELS", '{"fast": {"free": true}}')
    assert Models.read().of("fast").price == Price(Decimal(0), Decimal(0))


@pytest.mark.parametrize("text", ["no json", "[]", '{"a": 1}'])
def test_an_unreadable_environment_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_MODELS", text)
    with pytest.raises(Permanent, match="BATON_MODELS"):
        Models.read()


@pytest.mark.parametrize(
    "row",
    [
        {"max_tokens": 0},
        {"max_tokens": True},
        {"max_tokens": "many"},
        {"timeout_seconds": -1},
        {"input_per_million": -1},
        {"input_per_million": "cheap"},
        {"free": "yes"},
        {"model": 3},
        {"unknown": 1},
    ],
)
def test_a_wrong_setting_names_model_and_setting(row: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match=rf"[Mm]odel 'fast'.*{next(iter(row))}|{next(iter(row))}.*model 'fast'"):
        Models.read({"fast": row})


def test_names_lead_to_their_providers() -> None:
    table = {"scripted/x": {"script": ["hello"]}, "small": {"model": "openai/gpt-x", "free": True}}
    providers = Providers(Models.read(table))
    assert isinstance(providers.of("rules/extract"), Rules)
    assert isinstance(providers.of("local/smollm2"), LocalChat)
    assert isinstance(providers.of("scripted/x"), ScriptedModel)
    small = providers.of("small")
    assert isinstance(small, Chat)
    assert (small.name, small.kind) == ("openai/gpt-x", "llm")
    assert providers.of("small") is small


def test_a_local_model_stays_on_this_machine() -> None:
    with pytest.raises(Permanent, match="must answer on this machine"):
        Providers(Models.read({"local/x": {"api_base": "http://example.com/v1"}})).of("local/x")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://localhost:1/v1/", "http://[::1]:1"])
def test_loopback_addresses_are_fine_for_local_models(address: str) -> None:
    local = Providers(Models.read({"local/x": {"api_base": address}})).of("local/x")
    assert isinstance(local, LocalChat)
    assert local.settings.api_base.endswith("/v1")


def test_a_scripted_model_needs_a_script() -> None:
    with pytest.raises(Permanent, match="has no script"):
        Providers(Models.read({})).of("scripted/x")


@pytest.mark.parametrize(
    ("cost", "text"), [("0", "0"), ("0.00120000", "0.0012"), ("0.000000001", "0"), ("12", "12"), ("1E-7", "0.0000001")]
)
def test_a_cost_is_shown_in_plain_digits(cost: str, text: str) -> None:
    assert show(Decimal(cost)) == text
