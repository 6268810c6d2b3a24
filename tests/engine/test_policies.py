"""The seam of policies: the first Ask or Deny wins, a Change replaces, and each leaves an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from connectors.base import Request, Result, Review
from engine.policies import Allow, Ask, Change, Deny, Policies

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
REVIEW = Review("group", None, None, (), None, Decimal(0), "", None)


@dataclass
class Fixed:
    name: str
    verdict: Any

    def before(self, request: Request) -> Any:
        return self.verdict(request) if callable(self.verdict) else self.verdict

    def after(self, request: Request, outcome: Any) -> Any:
        return self.before(outcome)


def test_without_policies_everything_is_allowed() -> None:
    ruling = Policies().before(REQUEST)
    assert (ruling.value, ruling.stop, ruling.events) == (REQUEST, None, ())


def test_a_change_is_what_the_next_policy_sees() -> None:
    mask = Fixed("mask", lambda request: Change(replace(request, variables={"a": "***"}), "personal data"))
    seen: list[Any] = []
    look = Fixed("look", lambda request: seen.append(request.variables) or Allow())
    ruling = Policies([mask, look]).before(REQUEST)
    assert seen == [{"a": "***"}]
    assert ruling.value.variables == {"a": "***"}
    [event] = ruling.events
    assert dict(event.data) == {"policy": "mask", "verdict": "change", "reason": "personal data", "job_key": "5"}


def test_the_first_refusal_wins() -> None:
    never = Fixed("never", lambda request: (_ for _ in ()).throw(AssertionError))
    asked = Policies([Fixed("ask", Ask(REVIEW, "too dear")), never]).before(REQUEST)
    assert asked.stop == Ask(REVIEW, "too dear")
    denied = Policies([Fixed("deny", Deny("kill switch")), never]).after(REQUEST, Result({}))
    assert denied.stop == Deny("kill switch")
    assert denied.events[0].data["verdict"] == "deny"
