"""An outcome probe says what looks, what must hold, and how often; and it stands where a job has one outcome."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn import probes
from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("outcome-probe")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per part of a probe that cannot work; a warning where no probe is looked at."""
    for node in subject.nodes:
        headers = node.job.headers if node.job is not None else {}
        given = headers if probes.KEY in headers else {**node.properties, **headers}
        if not any(given.get(key, "").strip() for key in probes.KEYS):
            continue
        if node.job is None or node.kind is Kind.AD_HOC_SUB_PROCESS:
            hint = "Put it on the task whose outcome it is about; an agent's tools may have probes of their own."
            yield RULE.warning(node, "has an outcome probe, which only jobs of tasks have.", hint)
            continue
        for key, says in probes.faults(given):
            yield RULE.error(node, f"has an outcome probe whose {key} {says}.", "Correct it.", node.job.line)
