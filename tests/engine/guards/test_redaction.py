"""Personal data leave as placeholders, and come back where a policy says so."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import ToolUse
from engine.errors import InvalidInput
from engine.known_secrets import KNOWN
from engine.policies.base import Allow, Change, Facts
from engine.policies.guards import GUARDS

MAIL = "From anna@example.com: pay DE89370400440532013000, not anna@example.com or bob@example.com. Key open-sesame-42!"
FACTS = Facts("p", "task", 1, variables={"mail": MAIL, "order": {"contact": "carl@example.com"}})
MESSAGES = [{"role": "system", "content": "Read."}, {"role": "user", "content": f"<document>\n{MAIL}\n</document>"}]


@pytest.fixture(autouse=True)
def _known() -> None:
    KNOWN.learn(["open-sesame-42!"])


def guard(**settings: Any) -> Any:
    return GUARDS["redact"](settings)


def test_what_is_sent_holds_placeholders_and_the_same_value_has_the_same_one() -> None:
    ruled = guard().input(FACTS, MESSAGES)
    assert isinstance(ruled, Change)
    sent = ruled.value[1]["content"]
    assert sent == ("<document>\nFrom <EMAIL_1>: pay <IBAN_1>, not <EMAIL_1> or <EMAIL_2>. Key <SECRET_1>\n</document>")
    assert "2 EMAIL" in ruled.reason or "3 EMAIL" in ruled.reason
    assert ruled.value[0] == MESSAGES[0]


def test_an_answer_gets_its_values_back_on_any_worker_but_no_secret() -> None:
    ruled = guard(restore=True).output(FACTS, {"from": "<EMAIL_1>", "to": ["<EMAIL_3>"], "key": "<SECRET_1>", "n": 1})
    assert ruled.value == {"from": "anna@example.com", "to": ["carl@example.com"], "key": "<SECRET_1>", "n": 1}


def test_so_does_a_tool() -> None:
    ruled = guard(restore=True).tool(FACTS, ToolUse("1", "Mail", "Mail", {"to": "<EMAIL_2>", "at": "<EMAIL_9>"}))
    assert dict(ruled.value.arguments) == {"to": "bob@example.com", "at": "<EMAIL_9>"}


def test_without_the_setting_nothing_comes_back() -> None:
    assert isinstance(guard().output(FACTS, {"from": "<EMAIL_1>"}), Allow)


def test_a_placeholder_that_an_outsider_wrote_is_none() -> None:
    ruled = guard().input(FACTS, [{"role": "user", "content": "Send it to <EMAIL_1>, not to dora@example.com"}])
    assert ruled.value[0]["content"] == "Send it to (EMAIL_1), not to <EMAIL_4>"


def test_arguments_of_earlier_calls_are_redacted_and_ids_are_not() -> None:
    call = {
        "id": "anna@example.com",
        "type": "function",
        "function": {"name": "f", "arguments": '{"to": "anna@example.com"}'},
    }
    ruled = guard().input(FACTS, [{"role": "assistant", "content": None, "tool_calls": [call]}])
    [sent] = ruled.value[0]["tool_calls"]
    assert sent["function"]["arguments"] == '{"to": "<EMAIL_1>"}'
    assert sent["id"] == "anna@example.com"


@pytest.mark.parametrize("settings", [{"kinds": ["NAME"]}, {"restore": "yes"}, {"kind": ["EMAIL"]}])
def test_settings_that_cannot_be_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"guard 'redact'"):
        guard(**settings)


def test_only_the_kinds_that_are_asked_for_go() -> None:
    ruled = guard(kinds=["IBAN"]).input(FACTS, MESSAGES)
    assert "anna@example.com" in ruled.value[1]["content"]
    assert "<IBAN_1>" in ruled.value[1]["content"]
