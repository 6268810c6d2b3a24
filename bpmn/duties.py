"""What a diagram says of people's duties: who may not act where, what an approval binds, who is reminded when.

They are plain properties of an element (zeebe:properties, camunda:properties) whose names begin with `baton:`, so that
every modeler can draw them. `engine/user_tasks/README.md` tells what each does. Pure: nothing here looks at a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PREFIX = "baton:"
NOT_BY, FOUR_EYES, APPROVES, REQUIRES_APPROVAL = "notBy", "fourEyes", "approves", "requiresApproval"
MAY_NOT_SKIP, NUDGE_AFTER, ESCALATE_AFTER, ESCALATE_TO = "mayNotSkip", "nudgeAfter", "escalateAfter", "escalateTo"
#: The properties of people's work; `requiresApproval` is one of the work that follows.
NAMES = (NOT_BY, FOUR_EYES, APPROVES, REQUIRES_APPROVAL, MAY_NOT_SKIP, NUDGE_AFTER, ESCALATE_AFTER, ESCALATE_TO)
#: What `notBy` may name beside elements: who started the case, and who changed its variables by hand.
STARTER, EDITOR = "starter", "editor"
#: How far `fourEyes` looks: at this run of the activity and its repetitions, or at the whole instance.
ACTIVITY, INSTANCE = "activity", "instance"
_FAR = {"true": ACTIVITY, ACTIVITY: ACTIVITY, INSTANCE: INSTANCE, "false": "", "": ""}


@dataclass(frozen=True, slots=True)
class Duties:
    """The duties of one element. `four_eyes` is "", "activity" or "instance"."""

    not_by: tuple[str, ...] = ()
    four_eyes: str = ""
    approves: tuple[str, ...] = ()
    requires_approval: tuple[str, ...] = ()
    may_not_skip: bool = False
    nudge_after: timedelta | None = None
    escalate_after: timedelta | None = None
    escalate_to: str = ""

    @property
    def separates(self) -> bool:
        """Whether somebody may be kept from acting here."""
        return bool(self.not_by or self.four_eyes)

    @property
    def is_approval(self) -> bool:
        """Whether what a person does here is meant as an approval."""
        return bool(self.separates or self.approves or self.may_not_skip)

    def due_at(self, since: datetime, nudges: int, *, is_escalated: bool) -> datetime | None:
        """When somebody must be told next of a task that is open since then; None: no more."""
        nudge = since + self.nudge_after * (nudges + 1) if self.nudge_after else None
        escalation = since + self.escalate_after if self.escalate_after and not is_escalated else None
        return min(filter(None, (nudge, escalation)), default=None)


def read(properties: Mapping[str, str]) -> Duties | None:
    """The duties that the properties of an element state; None when they state none.

    What cannot be understood counts for nothing here; `faults` tells of it, and such a diagram is not deployed.
    """
    said = {name: properties[PREFIX + name].strip() for name in NAMES if PREFIX + name in properties}
    if not any(said.values()):
        return None
    return Duties(
        not_by=_names(said.get(NOT_BY, "")),
        four_eyes=_FAR.get(said.get(FOUR_EYES, ""), ACTIVITY),
        approves=_names(said.get(APPROVES, "")),
        requires_approval=_names(said.get(REQUIRES_APPROVAL, "")),
        may_not_skip=said.get(MAY_NOT_SKIP, "") not in ("", "false"),
        nudge_after=_period(said.get(NUDGE_AFTER, "")),
        escalate_after=_period(said.get(ESCALATE_AFTER, "")),
        escalate_to=said.get(ESCALATE_TO, ""),
    )


def faults(properties: Mapping[str, str]) -> Mapping[str, str]:
    """What cannot be understood, by the property's full name."""
    found: dict[str, str] = {}
    for name, text in properties.items():
        if not name.startswith(PREFIX):
            continue
        short, text = name.removeprefix(PREFIX), text.strip()
        if short == FOUR_EYES and text not in _FAR:
            found[name] = f"is true, activity or instance, not '{text[:60]}'"
        elif short == MAY_NOT_SKIP and text not in ("", "true", "false"):
            found[name] = f"is true or false, not '{text[:60]}'"
        elif short in (NUDGE_AFTER, ESCALATE_AFTER) and text and _period(text) is None:
            found[name] = f"is a period such as P1D or PT4H, not '{text[:60]}'"
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _period(text: str) -> timedelta | None:
    """A period of at least a minute; None for anything else."""
    from bpmn.errors import EvaluationError, LanguageError  # noqa: PLC0415 - most diagrams state no period
    from bpmn.timers import seconds  # noqa: PLC0415

    if not text:
        return None
    try:
        found = seconds(text, _SOME_DAY)
    except (LanguageError, EvaluationError, ValueError, OverflowError):
        return None
    return timedelta(seconds=found) if 60 <= found <= _LONGEST_SECONDS else None


_SOME_DAY = datetime(2026, 1, 5, tzinfo=UTC)
_LONGEST_SECONDS = 10 * 366 * 86_400
