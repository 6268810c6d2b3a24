"""At most one start event without a trigger: an instance that somebody starts must know where to begin.

Camunda 7 begins there at a timer as well, and takes one of the two kinds once (BpmnParse, selectInitial); Activiti and
Flowable do not mind several timers (StartEventValidator).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode
from bpmn.rules.subject import Rule, Subject

RULE = Rule("several-none-starts")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per start event without a trigger after the first."""
    for level in subject.levels:
        # Where one begins that nobody outside has named.
        takes_timers = subject.is_camunda7 and level.is_process and not subject.model.is_relative
        kinds = {EventKind.NONE, EventKind.TIMER} if takes_timers else {EventKind.NONE}
        plain = [start for start in level.starts() if start.event.kind in kinds]
        for start in plain[1:]:
            yield RULE.error(
                start,
                f"is a second start event without {_what(start, plain[0])}; {plain[0].label} is the first.",
                "Keep one, and give the others a message, or join them.",
            )


def _what(*starts: FlowNode) -> str:
    timed = any(start.event.kind is EventKind.TIMER for start in starts)
    return "a message or signal, which Camunda 7 takes once" if timed else "a trigger"
