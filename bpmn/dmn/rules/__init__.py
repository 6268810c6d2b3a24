"""What can be odd about decisions that can be read, one file each: a generator of findings about a `Subject`.

A new rule is a file with `check`, a line in `RULES`, and a test with a right and a wrong decision. What keeps a file
from running at all is no rule: reading it raises `ModelError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmn.dmn.rules import columns, conditions, gaps, missing, names, outputs, overlaps, unreachable
from bpmn.dmn.rules.subject import Subject
from bpmn.errors import Finding

Check = Callable[[Subject], Iterator[Finding]]

RULES: tuple[Check, ...] = (
    missing.check,
    names.check,
    columns.check,
    outputs.check,
    conditions.check,
    overlaps.check,
    unreachable.check,
    gaps.check,
)
"""Every rule, from the decision as a whole to the cells of its tables."""
