"""The policies around a whole job: they are obeyed here, whichever connector does the work.

Where a policy asks for a person before the work, the work waits until somebody has approved these very inputs. What a
person changed there is judged once more: an approval is no way around what is denied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from connectors.base import Approval, Permanent, Request, Result, Review
from engine import events
from engine.policies import Ask, Deny, Outcome, Policies, Ruling, digest
from engine.step import Event

Json = Any
V = TypeVar("V", Request, Outcome)

DENIED = "POLICY_DENIED"
APPROVERS = "baton:approvers"  # the header that names who approves, where a policy does not
_DEFAULT_GROUP = "reviewers"


class JobPolicies:
    """The policies of one job. `note` puts facts into the audit trail."""

    def __init__(self, policies: Policies, note: Callable[[Sequence[Event]], None]) -> None:
        self._policies = policies
        self._note = note

    def before(self, request: Request) -> Request | Review:
        """The request to go on with, or a review. Raises Permanent for what is denied."""
        ruling = self._asked(request, self._policies.before(request))
        if not isinstance(ruling.stop, Ask):
            return ruling.value
        subject = f"job-{digest(ruling.value.variables)[:16]}"
        approval = next((one for one in request.journal.approvals() if one.subject == subject), None)
        if approval is None:
            return _approval_of(ruling.value, ruling.stop, subject)
        return self._approved(request, approval)

    def after(self, request: Request, outcome: Outcome) -> Outcome:
        """What is to be stored. Raises Permanent for what is denied."""
        ruling = self._asked(request, self._policies.after(request, outcome))
        if not isinstance(ruling.stop, Ask):
            return ruling.value
        return _review_of(request, ruling.value, ruling.stop)

    def _approved(self, request: Request, approval: Approval) -> Request:
        if approval.decision == "reject":
            reason = f": {approval.reason}" if approval.reason else "."
            raise Permanent(f"{approval.by} did not allow this{reason}", code=DENIED)
        given = approval.output if isinstance(approval.output, dict) else request.variables
        approved = replace(request, variables=given)
        return self._asked(approved, self._policies.before(approved)).value

    def _asked(self, request: Request, ruling: Ruling[V]) -> Ruling[V]:
        if ruling.verdicts:
            self._note([_event(request, one) for one in ruling.verdicts])
        if isinstance(ruling.stop, Deny):
            raise Permanent(f"A policy forbids this: {ruling.stop.reason}", code=DENIED)
        return ruling


def _event(request: Request, verdict: Mapping[str, Json]) -> Event:
    return Event(events.POLICY_VERDICT, request.element_id, 0, {**verdict, "job_key": str(request.job_key)})


def _group(request: Request, asked: Ask) -> str:
    return asked.group or request.headers.get(APPROVERS, "").strip() or _DEFAULT_GROUP


def _approval_of(request: Request, asked: Ask, subject: str) -> Review:
    return Review(
        group=_group(request, asked),
        proposal=dict(request.variables),
        schema={"type": "object"},
        faults=(),
        confidence=None,
        cost=Decimal(0),
        recommendation=f"'{request.element_id}' waits for your word before it goes on: {asked.reason}",
        source={"element": request.element_id, "type": request.type},
        resumes=True,
        subject=subject,
    )


def _review_of(request: Request, outcome: Outcome, asked: Ask) -> Review:
    if isinstance(outcome, Review):
        return replace(outcome, group=asked.group or outcome.group, faults=(*outcome.faults, asked.reason))
    if not isinstance(outcome, Result) or outcome.choice is not None or outcome.variables:
        text = f"A policy asks for a person, and this result cannot be put before one: {asked.reason}"
        raise Permanent(text, code=DENIED)
    return Review(
        group=_group(request, asked),
        proposal=outcome.response,
        schema={},
        faults=(asked.reason,),
        confidence=None,
        cost=Decimal(0),
        recommendation=f"A policy wants you to see what '{request.element_id}' gave: {asked.reason}",
        source={"element": request.element_id, "type": request.type},
    )
