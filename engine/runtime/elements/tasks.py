"""Tasks that nobody waits for: the undefined task and the manual task pass straight through (BPMN 2.0.2, 13.3.3)."""

from __future__ import annotations

from engine.runtime.elements.activity import Activity


class Task(Activity):
    """bpmn:task."""


class ManualTask(Activity):
    """bpmn:manualTask: the work happens outside of any system, and nothing reports it."""
