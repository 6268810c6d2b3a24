"""The functions that Camunda 7 and Flowable give their expressions: the clock, the person, Spin, and variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpmn.errors import EvaluationError
from bpmn.juel import spin, spin_xml
from bpmn.juel.table_functions import TABLE_FUNCTIONS
from bpmn.juel.variable_functions import VARIABLE_FUNCTIONS

if TYPE_CHECKING:
    from bpmn.juel.compiler import Environment


def _now(environment: Environment) -> datetime:
    if environment.now is None:
        raise EvaluationError("now() and dateTime() need a clock, and there is none here.")
    return environment.now


def _spin(environment: Environment, value: Any, *format: Any) -> spin.Node | spin_xml.XmlElement:
    """`S(text, "application/xml")` is XML, and so is a text that begins as XML does."""
    is_xml = isinstance(value, spin_xml.XmlElement) or (isinstance(value, str) and value.lstrip()[:1] == "<")
    return spin_xml.read(value) if is_xml or "xml" in str(format[0] if format else "") else spin.read(value)


def _json(environment: Environment, value: Any) -> spin.Node:
    return spin.read(value)


def _xml(environment: Environment, value: Any) -> spin_xml.XmlElement:
    return spin_xml.read(value)


def _person(name: str) -> Callable[..., Any]:
    """Who is logged in, when whoever evaluates tells it among the objects."""

    def read(environment: Environment) -> Any:
        if name not in environment.objects:
            raise EvaluationError(f"'{name}()' has no answer here: nobody is logged in.")
        return environment.objects[name]

    return read


def _task(environment: Environment, key: Any) -> Any:
    """Flowable's `task:get(key)`: a user task as a bean that is read, null when there is none."""
    find = getattr(environment.objects.get("execution"), "find_task", None)
    if find is None:
        raise EvaluationError("task:get() has no answer here: there is no process around.")
    return find(key)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "now": _now,
    "dateTime": _now,
    "S": _spin,
    "JSON": _json,
    "XML": _xml,
    "currentUser": _person("currentUser"),
    "currentUserGroups": _person("currentUserGroups"),
    "task:get": _task,
    **VARIABLE_FUNCTIONS,
    **TABLE_FUNCTIONS,
}
