"""The built-in functions of FEEL, by dialect. `library(dialect)` is the way in."""

from __future__ import annotations

from functools import cache

from bpmn.feel.library.calendars import CALENDARS
from bpmn.feel.library.camunda import CAMUNDA
from bpmn.feel.library.contexts import CONTEXTS
from bpmn.feel.library.conversion import CONVERSION
from bpmn.feel.library.lists import LISTS
from bpmn.feel.library.numeric import NUMERIC
from bpmn.feel.library.registry import Builtin, Library
from bpmn.feel.library.relations import RELATIONS
from bpmn.feel.library.strings import STRINGS
from bpmn.feel.tokens import Names, name_table


@cache
def library(dialect: str) -> Library:
    """All built-ins of "dmn" or "camunda"; in the latter Camunda's own signatures come before DMN's."""
    result = Library()
    for part in (STRINGS, NUMERIC, LISTS, CONTEXTS, CONVERSION, RELATIONS):
        result.functions |= part.functions
    if dialect == "camunda":
        result.functions |= CALENDARS.functions
        for name, function in CAMUNDA.functions.items():
            standard = result.functions[name].signatures if name in result.functions else ()
            result.functions[name] = Builtin(name, (*function.signatures, *standard))
    return result


@cache
def function_names(dialect: str) -> Names:
    """The built-ins' names of several words, for the parser."""
    return name_table(library(dialect).functions)
