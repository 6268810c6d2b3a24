"""Forms that live in this file must be in it; HTML forms of Camunda 7 applications are not shown."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, FormReference, Process, walk
from bpmn.rules.subject import Rule, Subject

RULE = Rule("embedded-form")

_HTML = ("embedded:", "app:")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per missing embedded form, a warning per HTML form."""
    for process in subject.processes:
        for node in walk(process.nodes):
            for form in (node.form, node.user_task.form if node.user_task is not None else None):
                if form is not None:
                    yield from _of_form(process, node, form)


def _of_form(process: Process, node: FlowNode, form: FormReference) -> Iterator[Finding]:
    if form.embedded_id and form.embedded_id not in process.embedded_forms:
        yield RULE.error(
            node,
            f"uses the form {form.embedded_id}, which is not in the process.",
            "Link a .form file by its id instead.",
        )
    if form.key is not None and form.key.text.startswith(_HTML):
        yield RULE.warning(
            node,
            f"uses the HTML form {form.key.text}, which Baton does not show.",
            "People see the variables instead. Replace it by a Camunda Form.",
        )
