"""PolicyReading a `*.policy.yaml`: every fault as a finding with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from bpmn.errors import Finding
from bpmn.plain_yaml import DocumentKind, Reader, Wrong, line_of, root
from bpmn.policies.document import POINTS, PolicyDocument, PolicyScope

SUFFIXES = (".policy.yaml", ".policy.yml")
RULE = "policy-document"
_DECIDERS = ("decision", "python", "guard")
_LONGEST_TEXT = 2_000
_ID = re.compile(r"[\w.-]+")
_KIND = DocumentKind(
    "policy",
    RULE,
    "A policy has policy, owner, version, purpose, at, one of decision, python and guard, and may have scope and with.",
    "policy: payment-limits",
    {
        "": frozenset({"policy", "id", "owner", "version", "purpose", "at", "scope", "with", *_DECIDERS}),
        "scope.": frozenset({"processes", "elements", "agents", "tools"}),
    },
    deepest=10,
)


@dataclass(frozen=True, slots=True)
class PolicyReading:
    """What a file holds: a document, or none when a finding is an error. `line` is where it begins."""

    document: PolicyDocument | None
    findings: tuple[Finding, ...]
    line: int = 0


def read(content: bytes) -> PolicyReading:
    """Read one policy. Nothing is raised: all that is wrong is in the findings."""
    findings: list[Finding] = []
    try:
        found = root(content, _KIND)
    except Wrong as problem:
        return PolicyReading(None, (_KIND.finding(str(problem), problem.line),))
    document = _document(Reader(found, _KIND, findings))
    is_good = not any(finding.severity == "error" for finding in findings)
    return PolicyReading(document if is_good else None, tuple(findings), line_of(found))


def _document(reader: Reader) -> PolicyDocument:
    document = PolicyDocument(
        id=_id(reader),
        owner=reader.text("owner", is_required=True),
        version=reader.text("version", is_required=True, longest=60),
        purpose=reader.text("purpose", is_required=True, longest=_LONGEST_TEXT),
        at=reader.texts("at", is_required=True),
        scope=_scope(reader.inner("scope")),
        decision=reader.text("decision"),
        python=reader.text("python"),
        guard=reader.text("guard"),
        settings=reader.json("with"),
    )
    if document.id and not _ID.fullmatch(document.id):
        reader.wrong("'policy' may hold letters, digits, dots, dashes and underscores.", reader.node("policy"))
    _check_points(reader, document)
    _check_decider(reader, document)
    reader.end()
    return document


def _id(reader: Reader) -> str:
    """Written as `policy`, as an agent's card has `agent`, or as `id`."""
    said = reader.text("id")
    if said and reader.has("policy"):
        reader.wrong("'id' and 'policy' are the same: write one of them.", reader.node("id"))
    return said or reader.text("policy", is_required=True)


def _scope(reader: Reader | None) -> PolicyScope:
    if reader is None:
        return PolicyScope()
    names = ("processes", "elements", "agents", "tools")
    scope = PolicyScope(**{name: reader.texts(name) for name in names})
    reader.end()
    return scope


def _check_points(reader: Reader, document: PolicyDocument) -> None:
    for point in document.at:
        if point and point not in POINTS:
            meant = get_close_matches(point, POINTS, n=1)
            guess = f" Did you mean '{meant[0]}'?" if meant else f" Known: {', '.join(POINTS)}."
            reader.wrong(f"'at' knows no '{point[:60]}'.{guess}", reader.node("at"))
    if "job" in document.at and document.scope.agents:
        text = "A policy at 'job' cannot be limited to agents: a job has none. Limit it to processes or elements."
        reader.wrong(text, reader.node("scope"))
    if document.scope.tools and set(document.at) != {"tool"}:
        text = "Only a policy at 'tool' alone can be limited to tools. Write another policy for the other points."
        reader.wrong(text, reader.node("scope"))


def _check_decider(reader: Reader, document: PolicyDocument) -> None:
    given = [name for name in _DECIDERS if reader.has(name)]
    if len(given) != 1:
        said = f"it has {' and '.join(given)}" if given else "it has none"
        reader.wrong(f"A policy has exactly one of decision, python and guard; {said}.")
    if document.decision and document.settings:
        reader.wrong("A decision takes no settings: what 'with' says belongs into its table.", reader.node("with"))
