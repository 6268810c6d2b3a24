"""What a process says about its house: who may start it, and how long what is over is kept.

Both are read as Camunda 7 reads them: names stay the text that they are (BpmnDeployer makes identity links of it), for
no instance is there yet in which an expression could mean something.
"""

from __future__ import annotations

import re

from lxml import etree

from bpmn.dialects.plain import Values, named_people
from bpmn.parts import Notes, Part, local_name, text_of

_DAYS = re.compile(r"(?:P(\d{1,9})D|(\d{1,9}))\Z")


def history_days(part: Part, unsupported: Notes) -> int | None:
    """camunda:historyTimeToLive in days: `30` or `P30D`, nothing else (ParseUtil.parseHistoryTimeToLive)."""
    text = (part.vendor("historyTimeToLive") or "").strip()
    if not text:
        return None
    found = _DAYS.match(text)
    if found is None:
        unsupported.append((f'{part.prefix}:historyTimeToLive="{text[:60]}" (a number of days or P<days>D)', part.line))
        return None
    return int(found[1] or found[2])


def starters(part: Part) -> Values:
    """candidate_starter_groups and _users, of the two attributes and of the older potentialStarter elements."""
    groups, users = (_names(part.vendor(f"candidateStarter{kind}") or "") for kind in ("Groups", "Users"))
    for element in part.extensions("potentialStarter"):
        for kind, name in named_people(_formal_text(element)):
            (users if kind == "user" else groups).append(name)
    return {"candidate_starter_groups": tuple(groups), "candidate_starter_users": tuple(users)}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _formal_text(element: etree._Element) -> str:
    return next((text_of(one) for one in element.iter() if local_name(one) == "formalExpression"), "")
