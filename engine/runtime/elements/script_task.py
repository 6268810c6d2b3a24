"""Script tasks: a FEEL expression or JavaScript run on the spot, or a job (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import FlowNode
from engine.runtime.elements.service_task import ServiceTask
from engine.runtime.mappings import ScriptFormula

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


class ScriptTask(ServiceTask):
    """bpmn:scriptTask. The script's value goes to its result variable; without one it is dropped."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self._script = ScriptFormula(node.script) if node.script is not None else None

    def work(self, token: Token) -> bool:
        """Run the script."""
        script = self.node.script
        if script is None or self._script is None:
            return super().work(token)
        value = self._script.value(token)
        name = script.result_variable or self.node.result_variable
        if name:
            self.take_result(token, {name: value})
        return True
