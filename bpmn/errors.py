"""What can be wrong with what people wrote. Each error names the place and says what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a check. `rule` is a stable code, `element` an id of the file or "", `line` 0 when unknown."""

    severity: Severity
    rule: str
    message: str
    element: str = ""
    line: int = 0
    hint: str = ""


class ModelError(Exception):
    """A file that cannot be read at all. `line` counts from 1, 0 when unknown; `hint` says what to do.

    `code` is a stable word for programs, where there is one that says more than that of the class.
    """

    code = "model-unreadable"

    def __init__(self, message: str, *, line: int = 0, element: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.line = line
        self.element = element
        self.hint = hint


class LanguageError(Exception):
    """A text that is not a valid expression of its language. `column` counts from 1."""

    code = "expression-invalid"

    def __init__(self, message: str, *, column: int = 0, text: str = "") -> None:
        super().__init__(message)
        self.column = column
        self.text = text


class EvaluationError(Exception):
    """An expression that parses but cannot be evaluated here (FEEL's `assert`, JUEL's unknown name, a limit)."""

    code = "expression-failed"
