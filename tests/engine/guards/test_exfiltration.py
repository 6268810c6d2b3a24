"""No secret and no address that nobody gave leaves in an answer or in a tool's arguments."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from connectors.base import ToolUse
from engine.known_secrets import KNOWN
from engine.policies.base import Allow, Ask, Change, Deny, Facts
from engine.policies.guards import GUARDS

SECRET = "s3cr3t-of-the-crm-9"
FACTS = Facts("p", "task", 1, variables={"mail": "See https://shop.example.org/orders/7 and http://evil.example/x."})
ENCODED = base64.b64encode(SECRET.encode()).decode()


@pytest.fixture(autouse=True)
def _known() -> None:
    KNOWN.learn([SECRET])


def guard(**settings: Any) -> Any:
    return GUARDS["exfiltration"]({"hosts": ["example.com"], **settings})


def use(**arguments: Any) -> ToolUse:
    return ToolUse("1", "Mail", "Mail", arguments)


@pytest.mark.parametrize(
    "said",
    [
        *("https://collect.example.net/?d=1", "see //collect.example.net/a", "[more](https://evil.example/other)"),
        *(
            "![x](https://shop.example.org/orders/7)",
            '<img src="https://evil.example/p.png">',
            "![x](//a.example.net/b)",
        ),
        *(
            "https://example.com.evil.example/",
            "https://example.com@evil.example/",
            "javascript:fetch(1)",
            "ftp://a.example/",
        ),
        *("HTTPS://EVIL.EXAMPLE/Y", "https://notexample.com", "https://evil.example\\@example.com/"),
    ],
)
def test_an_address_that_nobody_gave_does_not_pass(said: str) -> None:
    assert isinstance(guard().output(FACTS, {"reply": [said]}), Deny)
    assert isinstance(guard().tool(FACTS, use(body=said)), Deny)
    assert isinstance(guard(then="ask").output(FACTS, said), Ask)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "Order https://shop.example.org/orders/7.",
            "https://www.example.com/help?x=1",
            "![logo](https://example.com/l.png)",
        ),
        *("no address at all", "a // comment", "either/or", "10:30", "mail to anna@example.net"),
    ],
)
def test_addresses_of_the_input_and_of_listed_hosts_pass(said: str) -> None:
    assert isinstance(guard().output(FACTS, {"reply": said}), Allow)
    assert isinstance(guard().tool(FACTS, use(body=said)), Allow)


@pytest.mark.parametrize(
    "said", [SECRET, ENCODED, SECRET[::-1], " ".join(SECRET), SECRET.encode().hex(), "password: hunter22!"]
)
def test_a_secret_is_struck_out_of_an_answer_and_flagged_and_a_tool_does_not_get_it(said: str) -> None:
    ruled = guard().output(FACTS, {"reply": f"It is {said} (really)"})
    assert isinstance(ruled, Change)
    assert ruled.rule == "secret"
    assert ruled.value["reply"].startswith("It is ") or said.startswith("password")
    assert "***" in ruled.value["reply"]
    assert isinstance(guard().tool(FACTS, use(body=said)), Deny)
    assert isinstance(guard(secrets="deny").output(FACTS, said), Deny)


def test_a_secret_that_is_spread_over_fields_is_denied() -> None:
    assert isinstance(guard().output(FACTS, [SECRET[:8], SECRET[8:]]), Deny)
    assert isinstance(guard().tool(FACTS, use(parts=[SECRET[:8], SECRET[8:]])), Deny)


def test_a_name_of_a_field_may_hold_none_either() -> None:
    assert isinstance(guard().output(FACTS, {SECRET: 1}), Deny)
