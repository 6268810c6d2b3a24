"""What people wrote, read and understood: BPMN, DMN, forms and their expression languages. Pure: text in, values out.

`read` turns a BPMN file into a frozen `Model`, `check` judges it. The languages live in `bpmn.languages`, `bpmn.feel`,
`bpmn.juel`, decisions in `bpmn.dmn`, forms in `bpmn.forms`.
"""

from __future__ import annotations

from bpmn.check import check
from bpmn.errors import EvaluationError, Finding, LanguageError, ModelError, Severity
from bpmn.model import Model
from bpmn.reader import read

__all__ = ["EvaluationError", "Finding", "LanguageError", "Model", "ModelError", "Severity", "check", "read"]
