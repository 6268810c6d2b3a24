"""Ids are unique in a file: variables, history and references go by them."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("duplicate-id")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per second use of an id."""
    for element, line in subject.model.duplicates:
        yield RULE.about_file(
            "error", f"The id {element} is used twice.", "Give the second element an id of its own.", line, element
        )
