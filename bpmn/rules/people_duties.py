"""What a diagram says of people's duties (`baton:notBy` and others) can be understood, and separates people indeed."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn import duties
from bpmn.duties import Duties
from bpmn.errors import Finding
from bpmn.model import FlowNode, Kind, MultiInstance, Process, walk
from bpmn.parts import shorten
from bpmn.rules.subject import Rule, Subject

RULE = Rule("people-duties")

_KNOWN = {f"{duties.PREFIX}{name}".lower(): f"{duties.PREFIX}{name}" for name in duties.NAMES}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per duty without a meaning as written or where it stands; warnings of approvals that separate nobody."""
    for process in subject.processes:
        for node in walk(process.nodes):
            if not node.properties:
                continue
            yield from _unreadable(node)
            if (stated := process.duties.get(node.id)) is not None:
                yield from _misplaced(node, stated)
                yield from _of_names(process, node, stated)
                yield from _of_chain(process, node, stated)


def _unreadable(node: FlowNode) -> Iterator[Finding]:
    for name, problem in duties.faults(node.properties).items():
        yield RULE.error(node, f"has the property {name}, which {problem}.", "Correct its value.")
    for name in node.properties:
        meant = _KNOWN.get(name.lower())
        if meant is not None and meant != name:
            yield RULE.error(node, f"has the property '{shorten(name)}', which nobody reads.", f"Write {meant}.")


def _misplaced(node: FlowNode, stated: Duties) -> Iterator[Finding]:
    is_person = node.kind is Kind.USER_TASK
    is_work = is_person or node.job is not None
    if not is_work and stated.separates:
        yield RULE.error(node, "states duties of people, but nobody acts here.", "Put them on the user task.")
    if not is_person and (stated.approves or stated.may_not_skip or stated.nudge_after or stated.escalate_after):
        yield RULE.error(node, "states what only a user task can have.", "Put it on the user task.")
    if stated.requires_approval and node.job is None:
        yield RULE.error(
            node, "requires an approval, but no worker does it.", "Put baton:requiresApproval on the work itself."
        )
    if bool(stated.escalate_after) != bool(stated.escalate_to):
        missing = duties.ESCALATE_TO if stated.escalate_after else duties.ESCALATE_AFTER
        yield RULE.error(
            node, f"escalates without {duties.PREFIX}{missing}.", "Say after how long, and to which group."
        )


def _of_names(process: Process, node: FlowNode, stated: Duties) -> Iterator[Finding]:
    for name in stated.requires_approval:
        found = process.by_id.get(name)
        if found is None or found.kind is not Kind.USER_TASK:
            says = f"requires the approval of '{shorten(name)}', which is no user task of this process."
            yield RULE.error(node, says, "Write the id of the user task.")
    for name in set(stated.not_by) - {duties.STARTER, duties.EDITOR, *process.by_id}:
        says = f"is not for who did '{shorten(name)}', which this process does not have."
        yield RULE.warning(node, says, "Fine if a process that calls this one, or is called by it, has it.")
    if node.id in stated.not_by:
        yield RULE.warning(
            node,
            "is not for who did it before: who once decided cannot decide again.",
            "baton:fourEyes is meant, perhaps.",
        )


def _of_chain(process: Process, node: FlowNode, stated: Duties) -> Iterator[Finding]:
    loop = _loop_around(process, node)
    if loop is None or not stated.is_approval:
        return
    if not stated.four_eyes:
        yield RULE.warning(
            node,
            "is repeated for several approvals, and one person may give all of them.",
            "Set baton:fourEyes to true.",
        )
    condition = loop.completion_condition
    if condition is not None and condition.text.strip().lstrip("=").strip() == "true":
        yield RULE.warning(
            node,
            "ends its repetitions after the first one, so later levels are never asked.",
            "Let the completion condition ask for a rejection, such as =approved = false.",
        )


def _loop_around(process: Process, node: FlowNode) -> MultiInstance | None:
    """The nearest repetition that the element lies in, its own included."""
    here: FlowNode | None = node
    while here is not None:
        if isinstance(here.loop, MultiInstance):
            return here.loop
        here = process.by_id.get(here.parent)
    return None
