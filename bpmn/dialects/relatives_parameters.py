"""Flowable's parameters: what goes from one place to another, by name or expression, as which type and name.

They stand as in and out at call activities and, under longer names, at external workers, events and cases.
"""

from __future__ import annotations

from lxml import etree

from bpmn.dialects.camunda7_values import variable_mapping
from bpmn.dialects.plain import Plain
from bpmn.model import VariableMapping


def parameters(dialect: Plain, elements: list[etree._Element], typed_by: str) -> tuple[VariableMapping, ...]:
    """One mapping for each element; `typed_by` is the attribute that names the type (sourceType or targetType)."""
    return tuple(variable_mapping(dialect, element, typed_by) for element in elements)
