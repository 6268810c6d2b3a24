"""Who waits for a message must say for which one, by name."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding, LanguageError
from bpmn.model import EventKind, Expression, FlowNode, Kind, Message
from bpmn.parts import shorten
from bpmn.rules.subject import Rule, Subject

RULE = Rule("message-missing")

_CATCHING = frozenset({Kind.START_EVENT, Kind.INTERMEDIATE_CATCH_EVENT, Kind.BOUNDARY_EVENT})


def waits(node: FlowNode) -> Iterator[Message | None]:
    """The message of each place of a node that waits for one; None where the file names none."""
    if node.kind is Kind.RECEIVE_TASK:
        yield node.message
    elif node.kind in _CATCHING:
        yield from (event.message for event in node.events if event.kind is EventKind.MESSAGE and not event.reference)


def check(subject: Subject) -> Iterator[Finding]:
    """An error per wait for a message that has no name, or whose name cannot be known in time.

    A warning where a receive task names none and so waits for a message called like itself (Camunda 7, standard BPMN).
    """
    for node in subject.nodes:
        for message in waits(node):
            if message is None:
                yield RULE.error(node, "waits for no particular message.", "Choose or create a message with a name.")
            elif node.kind is Kind.RECEIVE_TASK and not message.id:
                yield RULE.warning(
                    node,
                    f"names no message, so it waits for one called {node.id}.",
                    f"Send the instance a message called {node.id}, or choose a message with a name.",
                )
            elif message.name is None:
                yield RULE.error(
                    node, f"waits for the message {message.id}, which has no name.", "Give the message a name."
                )
    yield from _names_that_need_an_instance(subject)


def _names_that_need_an_instance(subject: Subject) -> Iterator[Finding]:
    """A process's start message is subscribed to when it is deployed, with no variables in sight (Zeebe, Camunda 7)."""
    for process in subject.processes:
        for start in process.starts(EventKind.MESSAGE):
            name = start.event.message.name if start.event.message is not None else None
            if name is not None and reads_variables(name):
                yield RULE.error(
                    start,
                    f"waits for a message whose name needs variables: {shorten(name.text)}",
                    "Write the name as plain text; before the start there are no variables.",
                    name.line,
                )


def reads_variables(name: Expression) -> bool:
    """Whether the name is an expression that reads any; a bean that is offered is no variable."""
    from bpmn import languages  # noqa: PLC0415 - the languages are large, and reading a model needs none of them
    from bpmn.juel import beans  # noqa: PLC0415

    if name.is_literal:
        return False
    try:
        return any(beans.offered(one) is None for one in languages.compile(name).names)
    except LanguageError:
        return False  # a rule of its own
