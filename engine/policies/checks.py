"""Whether a policy could be evaluated, before it is put into service: what it names must be there and must fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from bpmn import dmn
from bpmn.errors import Finding
from bpmn.policies import RULE, PolicyDocument, column_findings
from engine.policies.documents import points_of
from engine.policies.guards import GUARDS
from engine.policies.installed import installed


def findings(document: PolicyDocument, decisions: Mapping[str, dmn.Definitions | None], line: int = 0) -> list[Finding]:
    """Errors for names of decisions, guards and entry points that are not there, for columns that no policy has, and
    for points where what decides has no word. `decisions` are those that could be meant, with their files.
    """
    if document.decision:
        if document.decision not in decisions:
            return [_unknown("decision", document.decision, decisions, "Deploy its .dmn file first, or with it.", line)]
        file = decisions[document.decision]
        return column_findings(file, document) if file is not None else []
    known, name = (GUARDS, document.guard) if document.guard else (installed(), document.python)
    if name not in known:
        noun = "guard" if document.guard else "entry point of the group baton.policies"
        return [_unknown(noun, name, known, f"Known: {', '.join(sorted(known)) or 'none'}.", line)]
    try:
        points = points_of(document)
    except Exception as problem:  # settings that the decider does not take
        return [_error(f"Policy '{document.id}' cannot be made of its settings: {problem}", document.id, line)]
    silent = [point for point in document.at if point not in points]
    text = f"{document.decided_by} has no word at '{{}}'; it has at {', '.join(points) or 'none of the points'}."
    return [_error(text.format(point), document.id, line) for point in silent]


def _unknown(noun: str, name: str, known: Iterable[str], hint: str, line: int) -> Finding:
    meant = get_close_matches(name, list(known), n=1)
    guess = f"Did you mean '{meant[0]}'?" if meant else hint
    return _error(f"There is no {noun} '{name}'.", name, line, guess)


def _error(text: str, element: str, line: int, hint: str = "") -> Finding:
    return Finding("error", RULE, text, element, line, hint)
