"""DMN decisions: `read` turns a file into `Definitions`, which evaluate its decisions. Pure, compiled once.

    definitions = dmn.read(xml)
    definitions.evaluate("approval-level", {"amount": 300})

Files of DMN 1.1 to 1.5 with FEEL, and the JUEL and JavaScript of older Camunda 7 tables.
"""

from __future__ import annotations

from bpmn.dmn.check import check
from bpmn.dmn.definitions import Definitions, read
from bpmn.dmn.reader import imports, is_readable
from bpmn.dmn.results import DecisionResult
from bpmn.errors import EvaluationError, ModelError

__all__ = ["DecisionResult", "Definitions", "EvaluationError", "ModelError", "check", "imports", "is_readable", "read"]
