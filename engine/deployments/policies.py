"""Policies that come beside a diagram: about which processes and elements they are, and whether these are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches

from bpmn import dmn, policies
from bpmn.errors import Finding
from bpmn.model import Model, walk

#: What keeps a policy from being evaluated: its document, the decisions that come with it, and the line that it is at.
JudgePolicy = Callable[[policies.PolicyDocument, Mapping[str, dmn.Definitions], int], Sequence[Finding]]


def unjudged(document: policies.PolicyDocument, beside: Mapping[str, dmn.Definitions], line: int) -> Sequence[Finding]:
    """For whoever looks at files alone: nothing is known of what is installed and deployed."""
    return ()


def out_of_place(
    reading: policies.PolicyReading, contents: Iterable[object], known: Collection[tuple[str, str]]
) -> list[Finding]:
    """Errors for a policy that names no process, or processes and elements that are not there.

    Only a house-wide policy is about all processes; `known` are those deployed before, as pairs of kind and id.
    """
    document = reading.document
    if document is None:
        return []
    models = [one for one in contents if isinstance(one, Model)]
    processes = {process.id: process for model in models for process in model.executable}
    there = {*processes, *(id for kind, id in known if kind == "process")}
    if not document.scope.processes:
        text = f"Policy '{document.id}' does not say about which processes it is."
        hint = "Name them under scope: processes. What is to hold for all is registered: baton policy register FILE."
        return [_error(text, document.id, reading.line, hint)]
    found = [_unknown("process", id, there, reading.line) for id in document.scope.processes if id not in there]
    if set(document.scope.processes) <= set(processes):
        chosen = [processes[id] for id in document.scope.processes]
        elements = {node.id for process in chosen for node in walk(process.nodes)}
        found += [
            _unknown("element", id, elements, reading.line) for id in document.scope.elements if id not in elements
        ]
    return found


def _unknown(noun: str, id: str, there: Collection[str], line: int) -> Finding:
    meant = get_close_matches(id, list(there), n=1)
    hint = f"Did you mean '{meant[0]}'?" if meant else "Correct the name, or deploy the diagram with it."
    return _error(f"The policy's scope names the {noun} '{id}', which is not there.", id, line, hint)


def _error(text: str, element: str, line: int, hint: str) -> Finding:
    return Finding("error", policies.RULE, text, element, line, hint)
