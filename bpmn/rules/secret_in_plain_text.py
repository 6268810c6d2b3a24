"""A key or password in a diagram is read by everybody who may see the diagram, and is in the audit trail for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Expression, FlowNode
from bpmn.rules.subject import Rule, Subject

RULE = Rule("secret-in-plain-text")

_NAMED = re.compile(
    r"(?:^|[._\-]|(?<=[a-z]))(?:(?:api|access|secret|private)[_-]?key|password|passwd|client[_-]?secret"
    r"|(?:(?:auth|bearer|access|api|refresh)[_-]?)?token|secret|credentials?)$",
    re.IGNORECASE,
)
# Texts that nobody writes by chance, whatever they are mapped to.
_LOOKS = re.compile(
    r"(?:\bsk-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abposr]-[A-Za-z0-9-]{10,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bAIza[A-Za-z0-9_-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bBearer [A-Za-z0-9._~+/-]{16,})"
)
_NO_SECRET = re.compile(r"\{\{|\$\{|#\{|^secrets\.|^\s*$|^(?:true|false|null|none)$", re.IGNORECASE)
_SHORTEST = 4


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per header, input or field whose literal value is a secret, by its name or by its looks."""
    for node in subject.nodes:
        for name, text, line in _written(node):
            if _LOOKS.search(text) or (_NAMED.search(name) and _is_value(text)):
                yield RULE.warning(
                    node,
                    f"holds a secret in plain text: '{name}'.",
                    "Keep it outside, as BATON_SECRET_<NAME>, and write {{secrets.NAME}} here.",
                    line,
                )


def _written(node: FlowNode) -> Iterator[tuple[str, str, int]]:
    """Everything that stands in the diagram as text and goes to a connector or worker: name, value, line."""
    job = node.job
    mappings = [*node.inputs, *(job.inputs if job else ())]
    for mapping in mappings:
        if isinstance(mapping.source, Expression) and (text := _literal(mapping.source)) is not None:
            yield mapping.target, text, mapping.line
    for name, value in (*(job.fields if job else ()),):
        if (text := _literal(value)) is not None:
            yield name, text, value.line
    for name, text in (job.headers if job else {}).items():
        yield name, text, node.line


def _literal(expression: Expression) -> str | None:
    """The text that an expression means: a literal, or a FEEL string and nothing else."""
    if expression.is_literal:
        return expression.text
    written = re.fullmatch(r'\s*"([^"]*)"\s*', expression.text)
    return written.group(1) if written else None


def _is_value(text: str) -> bool:
    return len(text.strip()) >= _SHORTEST and not _NO_SECRET.search(text.lstrip("=").strip())
