"""Only a process with isExecutable="true" runs (BPMN 2.0.2, 10.2.1).

Where a plain file never says, all of it runs, as in Activiti, Flowable and jBPM.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("no-executable-process")


def check(subject: Subject) -> Iterator[Finding]:
    """An error when nothing in the file is executable."""
    processes = subject.model.processes
    if processes and not subject.model.executable:
        first = processes[0]
        yield RULE.about_file(
            "error",
            f"No process of the file is executable; {named(first)} is the first one.",
            'Tick "Executable" in the properties of the process, or set isExecutable="true".',
            first.line,
            first.id,
        )
