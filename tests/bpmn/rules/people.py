"""Rules about people's duties."""

from __future__ import annotations

from tests.bpmn.rules.cases import Case, around, task

_LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
    '<zeebe:loopCharacteristics inputCollection="=levels" inputElement="level"/></bpmn:extensionElements>'
    "<bpmn:completionCondition>={}</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>"
)


def _property(name: str, value: str) -> str:
    return f"<zeebe:property name='baton:{name}' value='{value}'/>"


def _asked(*listed: tuple[str, str], loop: str = "") -> bytes:
    said = f"<zeebe:properties>{''.join(_property(*one) for one in listed)}</zeebe:properties>"
    return around(task(f"<zeebe:userTask/>{said}", "userTask", inside=loop))


def _served(*listed: tuple[str, str]) -> bytes:
    said = f"<zeebe:properties>{''.join(_property(*one) for one in listed)}</zeebe:properties>"
    return around(task(f"<zeebe:taskDefinition type='pay'/>{said}"))


_RULE = "people-duties"
_REJECTED = _LOOP.format("approved = false")

CASES = [
    Case(_RULE, _asked(("fourEyes", "yes")), _asked(("fourEyes", "true")), "x", says="is true, activity or instance"),
    Case(_RULE, _asked(("notby", "starter")), _asked(("notBy", "starter")), "x", says="nobody reads"),
    Case(_RULE, _asked(("nudgeAfter", "1 day")), _asked(("nudgeAfter", "P1D")), "x", says="a period such as P1D"),
    Case(
        _RULE,
        _asked(("escalateAfter", "P3D")),
        _asked(("escalateAfter", "P3D"), ("escalateTo", "board")),
        "x",
        says="escalates without baton:escalateTo",
    ),
    Case(_RULE, _served(("approves", "amount")), _asked(("approves", "amount")), "x", says="only a user task"),
    Case(_RULE, _asked(("requiresApproval", "x")), _asked(("approves", "amount")), "x", says="but no worker does it"),
    Case(_RULE, _asked(("notBy", "prepare")), _asked(("notBy", "starter")), "x", "warning", "does not have"),
    Case(
        _RULE,
        _asked(("approves", "amount"), loop=_REJECTED),
        _asked(("approves", "amount"), ("fourEyes", "true"), loop=_REJECTED),
        "x",
        "warning",
        "one person may give all of them",
    ),
    Case(
        _RULE,
        _asked(("fourEyes", "true"), loop=_LOOP.format(" true")),
        _asked(("fourEyes", "true"), loop=_REJECTED),
        "x",
        "warning",
        "later levels are never asked",
    ),
]
