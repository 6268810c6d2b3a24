"""The job types of a diagram beside those that connectors serve.

A type of Baton's own that no connector has is a mistake, because nobody else will ever serve it. Any other type may
have a worker somewhere, so there is only a remark: without one, instances wait there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from difflib import get_close_matches

from bpmn import probes
from bpmn.check import not_waived
from bpmn.errors import Finding
from bpmn.model import FlowNode, Job, Model, Process, SequenceFlow, walk

OWN = "baton:"
Thing = FlowNode | Process | SequenceFlow


def unserved(model: Model, served: Collection[str]) -> list[Finding]:
    """A finding for each element, listener and flow whose job type is literal and not among `served`.

    The remark can be waived as those of rules can, by whoever knows of the worker.
    """
    found = [
        _finding(thing, job, served)
        for process in model.executable
        for thing in _things(process)
        for job in _jobs(thing)
        if job.type.is_literal and job.type.text not in served
    ]
    return not_waived(model.executable, found)


def _things(process: Process) -> Iterator[Thing]:
    yield process
    yield from process.flows
    for node in walk(process.nodes):
        yield node
        yield from node.flows


def _jobs(thing: Thing) -> Iterator[Job]:
    own = (thing.job, _look(thing), *(event.job for event in thing.events)) if isinstance(thing, FlowNode) else ()
    yield from (job for job in (*own, *(listener.job for listener in thing.listeners)) if job is not None)


def _look(node: FlowNode) -> Job | None:
    """The job of its outcome probe."""
    keys = node.job.headers if node.job is not None and probes.KEY in node.job.headers else node.properties
    probe = probes.read(keys) if node.job is not None else None
    return replace(node.job, type=replace(node.job.type, text=probe.type)) if probe and node.job else None


def _said(thing: Thing, job: Job) -> str:
    if isinstance(thing, FlowNode):
        name = f"{thing.kind.value} {thing.label}"
    else:
        name = f"{'process' if isinstance(thing, Process) else 'sequence flow'} {thing.name or thing.id}"
    return name if not any(job is one.job for one in thing.listeners) else f"A listener of {name}"


def _finding(thing: Thing, job: Job, served: Collection[str]) -> Finding:
    node, wanted = thing, job.type.text
    text = f"{_said(thing, job)} asks for job type '{wanted}', which no connector serves."
    meant = get_close_matches(wanted, served, n=1, cutoff=0.8)
    guess = f"Did you mean '{meant[0]}'? " if meant else ""
    if wanted.startswith(OWN):
        hint = f"{guess}Baton serves: {', '.join(sorted(name for name in served if name.startswith(OWN)))}."
        return Finding("error", "unknown-job-type", text, node.id, job.line or node.line, hint)
    hint = f"{guess}Run a worker for that type, or install a connector that serves it; instances wait there until then."
    return Finding("warning", "job-type-needs-a-worker", text, node.id, job.line or node.line, hint)
