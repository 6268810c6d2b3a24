"""Texts that must be expressions, without the mark that makes them so: `=` in Camunda 8, `${...}` in Camunda 7.

The engines would take them for plain text, which is never true, never a list and never a key.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Language, Script
from bpmn.parts import shorten
from bpmn.rules.expressions import Found
from bpmn.rules.subject import Rule, Subject

RULE = Rule("expression-marker")

# Paths in the model, as field names.
_CAMUNDA8 = frozenset(
    {
        ("condition",),
        ("outputs", "source"),
        ("script",),
        ("active_elements",),
        ("ad_hoc_output_element",),
        ("completion_condition",),
        ("loop", "collection"),
        ("loop", "output_element"),
        ("events", "condition"),
        ("events", "message", "correlation_key"),
        ("message", "correlation_key"),
    }
)
_CAMUNDA7 = frozenset({("condition",), ("events", "condition"), ("loop", "completion_condition")})


def check(subject: Subject) -> Iterator[Finding]:
    """An error per plain text where an expression must be."""
    must_be = _CAMUNDA8 if subject.is_camunda8 else _CAMUNDA7 if subject.is_camunda7 else frozenset()
    for found in subject.expressions:
        if found.path in must_be and found.value.language is Language.LITERAL and found.value.text:
            yield found.finding(
                RULE.code, "error", f"is plain text: {shorten(found.value.text)}", _hint(subject, found)
            )


def _hint(subject: Subject, found: Found) -> str:
    text = shorten(found.value.text)
    if subject.is_camunda7:
        return f"Write ${{{text[2:-1] if text.startswith('$(') and text.endswith(')') else text}}}."
    if isinstance(found.value, Script) or isinstance(found.owner, FlowNode):
        return f"Start it with an equals sign: ={text}"
    return f"Start the condition with an equals sign: ={text}"
