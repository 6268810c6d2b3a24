"""Cancel events belong to transactions: an end event in one, a boundary event on it (BPMN 2.0.2, 10.5.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("cancel-event")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per cancel event outside of a transaction, and per transaction that is cancelled but not left."""
    nodes = {node.id: node for node in subject.nodes}
    left = {node.attached_to for node in subject.nodes if _cancels(node, Kind.BOUNDARY_EVENT)}
    for node in subject.nodes:
        if _cancels(node, Kind.END_EVENT):
            yield from _of_end(node, _transaction(node, nodes), left)
        elif _cancels(node, Kind.BOUNDARY_EVENT) and not _is_transaction(nodes.get(node.attached_to)):
            yield RULE.error(node, "is on the border of no transaction.", "Put it on a transaction, or use an error.")


def _of_end(node: FlowNode, transaction: FlowNode | None, left: set[str]) -> Iterator[Finding]:
    if transaction is None:
        yield RULE.error(node, "cancels no transaction: it stands in none.", "Put it into a transaction.")
    elif transaction.id not in left:
        yield RULE.error(
            node,
            f"cancels the transaction {transaction.label}, which has no cancel boundary event.",
            "Put a cancel boundary event on the transaction: the flow goes on there.",
        )


def _cancels(node: FlowNode, kind: Kind) -> bool:
    return node.kind is kind and any(event.kind is EventKind.CANCEL for event in node.events)


def _is_transaction(node: FlowNode | None) -> bool:
    return node is not None and node.kind is Kind.TRANSACTION


def _transaction(node: FlowNode, nodes: Mapping[str, FlowNode]) -> FlowNode | None:
    around = nodes.get(node.parent)
    while around is not None and not _is_transaction(around):
        around = nodes.get(around.parent)
    return around
