"""The home of SpiffWorkflow: a model is compiled into a definition, an instance is moved from wait to wait.

Pure thinking: no database, no clock of its own, no network. README.md says what of SpiffWorkflow is used and why.
"""

from engine.runtime.compile import NotExecutable, compile
from engine.runtime.definition import Definition
from engine.runtime.freeze import tokens_in
from engine.runtime.hosts import ReadOnlyBean
from engine.runtime.migrate import MigrationPlan
from engine.runtime.process import Services
from engine.runtime.stepper import (
    Frozen,
    Migration,
    WaitingChoice,
    WaitingJoin,
    error_of_failure,
    resume,
    standing,
    start,
)

__all__ = [
    "Definition",
    "Frozen",
    "Migration",
    "MigrationPlan",
    "NotExecutable",
    "ReadOnlyBean",
    "Services",
    "WaitingChoice",
    "WaitingJoin",
    "compile",
    "error_of_failure",
    "resume",
    "standing",
    "start",
    "tokens_in",
]
