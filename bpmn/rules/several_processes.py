"""Of several executable processes in one file (pools), each is deployed and started by its own id."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("several-processes")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark when the file holds more than one executable process."""
    executable = subject.model.executable
    if len(executable) > 1:
        ids = ", ".join(process.id for process in executable)
        yield RULE.about_file(
            "info",
            f"The file holds {len(executable)} executable processes: {ids}.",
            'Each is started by its own id. Untick "Executable" for those that only show a partner.',
            executable[1].line,
            executable[1].id,
        )
