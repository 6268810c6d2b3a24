"""The job types of a diagram beside those that connectors serve.

A type of Baton's own that no connector has is a mistake, because nobody else will ever serve it. Any other type may
have a worker somewhere, so there is only a remark: without one, instances wait there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from bpmn.errors import Finding
from bpmn.model import FlowNode, Job, Model, walk

OWN = "baton:"


def unserved(model: Model, served: Collection[str]) -> list[Finding]:
    """A finding for each element whose job type is literal and not among `served`."""
    return [
        _finding(node, job, served)
        for process in model.executable
        for node in walk(process.nodes)
        for job in _jobs(node)
        if job.type.is_literal and job.type.text not in served
    ]


def _jobs(node: FlowNode) -> Iterator[Job]:
    if node.job is not None:
        yield node.job
    yield from (event.job for event in node.events if event.job is not None)


def _finding(node: FlowNode, job: Job, served: Collection[str]) -> Finding:
    wanted = job.type.text
    text = f"{node.kind.value} {node.label} asks for job type '{wanted}', which no connector serves."
    meant = get_close_matches(wanted, served, n=1, cutoff=0.8)
    guess = f"Did you mean '{meant[0]}'? " if meant else ""
    if wanted.startswith(OWN):
        hint = f"{guess}Baton serves: {', '.join(sorted(name for name in served if name.startswith(OWN)))}."
        return Finding("error", "unknown-job-type", text, node.id, job.line or node.line, hint)
    hint = f"{guess}Run a worker for that type, or install a connector that serves it; instances wait there until then."
    return Finding("warning", "job-type-needs-a-worker", text, node.id, job.line or node.line, hint)
