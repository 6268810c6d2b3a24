"""Forms that live in this file must be in it and be forms; HTML forms of Camunda 7 must come with it."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding, ModelError
from bpmn.model import FlowNode, FormReference, Process, walk
from bpmn.rules.subject import Rule, Subject

RULE = Rule("embedded-form")

_HTML = ("embedded:", "app:")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per embedded form that is missing or none, a warning per HTML form that was not uploaded."""
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
    elif form.embedded_id:
        yield from _of_text(node, form.embedded_id, process.embedded_forms[form.embedded_id])
    if form.key is not None and form.key.text.startswith(_HTML):
        yield RULE.warning(
            node,
            f"uses the HTML form {form.key.text}, which was not uploaded with the diagram.",
            "People see the variables instead. Upload the .html file with the diagram, or link a Camunda Form.",
        )


def _of_text(node: FlowNode, id: str, text: str) -> Iterator[Finding]:
    from bpmn import forms  # noqa: PLC0415 - forms bring the languages along, and reading a model needs none of them

    try:
        forms.read(text.encode())
    except ModelError as error:
        yield RULE.error(node, f"uses the form {id}, which cannot be used: {error}", error.hint)
