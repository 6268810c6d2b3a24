"""Forms: `read` turns a Camunda Form into a `Form` that judges answers; `from_fields` does the same for form fields."""

from __future__ import annotations

from bpmn.forms.fields import from_fields
from bpmn.forms.model import Component, Fault, Form
from bpmn.forms.reader import read

__all__ = ["Component", "Fault", "Form", "from_fields", "read"]
