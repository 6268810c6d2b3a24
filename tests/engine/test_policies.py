"""The chain of policies: the strictest verdict wins, a Change replaces, what cannot be judged is denied."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.base import Request, Result, ToolUse
from engine.policies import FAILED, Allow, Ask, Change, Deny, Facts, Policies, digest

FACTS = Facts("p", "work", 1)
SAID = [{"role": "user", "content": "hello"}]
REQUEST = Request(
    job_key=5,
    type="t",
    instance_key=1,
    process_id="p",
    element_id="work",
    variables={"a": 1},
    headers={},
    retries=1,
    idempotency_key="k",
    journal=None,  # type: ignore[arg-type]
    secret=str,
)


@dataclass
class Fixed:
    """A policy on outputs that always says the same, or what a function of the output says."""

    name: str
    verdict: Any
    version: str = "3"

    def output(self, facts: Facts, output: Any) -> Any:
        return self.verdict(output) if callable(self.verdict) else self.verdict


def test_without_policies_everything_is_allowed_and_nobody_is_named() -> None:
    chain = Policies()
    assert chain.input(FACTS, SAID).value is SAID
    for ruling in (chain.output(FACTS, 1), chain.before(REQUEST), chain.after(REQUEST, Result(1))):
        assert (ruling.word, ruling.stop, ruling.verdicts) == ("allow", None, ())


def test_a_change_is_what_the_next_policy_sees_and_leaves_both_hashes() -> None:
    ruling = Policies([Fixed("mask", Change("***", "personal data", "row 2")), Fixed("look", Deny)]).output(
        FACTS, "Ann"
    )
    assert ruling.stop == Deny("***")
    mask, look = ruling.verdicts
    assert (mask["rule"], mask["verdict"], mask["reason"]) == ("row 2", "change", "personal data")
    assert (mask["before"], mask["after"], look["before"]) == (digest("Ann"), digest("***"), digest("***"))
    assert (mask["policy"], mask["version"], mask["at"]) == ("mask", "3", "output")


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_the_strictest_verdict_wins_in_any_order(order: tuple[int, ...]) -> None:
    words = [Allow(), Change(1, "one"), Ask("large", "board"), Deny("never")]
    asked = Policies([Fixed(str(at), words[at]) for at in order if at != 3]).output(FACTS, 0)
    assert asked.stop == Ask("large", "board")
    assert asked.value == 1
    denied = Policies([Fixed(str(at), words[at]) for at in order]).output(FACTS, 0)
    assert denied.stop == Deny("never")
    assert denied.verdicts[-1]["verdict"] == "deny"


class Slow(Fixed):
    def output(self, facts: Facts, output: Any) -> Any:
        time.sleep(0.02)
        return Allow()


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (Fixed("raises", lambda output: 1 / 0), "ZeroDivisionError"),
        (Fixed("forgets", None), "NoneType"),
        (Fixed("answers yes", lambda output: True), "bool"),
        (Fixed("no text", Deny(None)), "no text"),  # type: ignore[arg-type]
        (Fixed("no JSON", Change({1, 2}, "a set")), "cannot stand in its place"),
        (Slow("slow", None), "seconds"),
    ],
)
def test_a_policy_that_cannot_be_evaluated_denies_and_says_so(policy: Fixed, said: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("engine.policies.chain.MOST_SECONDS", 0.01)
    ruling = Policies([policy, Fixed("later", Allow())]).output(FACTS, "x")
    assert isinstance(ruling.stop, Deny)
    assert said in ruling.stop.reason
    assert [one["rule"] for one in ruling.verdicts] == [FAILED]


class Renames:
    """Turns a small payment into another tool."""

    name, version = "renames", ""

    def tool(self, facts: Facts, use: ToolUse) -> Any:
        return Change(replace(use, tool="PayAll", element_id="PayAll"), "why not")

    def input(self, facts: Facts, messages: Any) -> Any:
        return Change([], "silence")

    def before(self, request: Request) -> Any:
        return Change(replace(request, job_key=6), "another's work")


def test_a_change_cannot_become_another_tool_another_job_or_no_message_at_all() -> None:
    chain = Policies([Renames()])
    use = ToolUse("1", "Pay", "Pay", {"amount": 1})
    for ruling in (chain.tool(FACTS, use), chain.input(FACTS, SAID), chain.before(REQUEST)):
        assert isinstance(ruling.stop, Deny)
