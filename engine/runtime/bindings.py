"""Which version of a called process or decision is meant, evaluated when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import Binding
from engine.runtime.formulas import formula

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class CompiledBinding:
    """A `Binding` with its expressions compiled."""

    def __init__(self, binding: Binding) -> None:
        self._type = binding.type
        self._version = formula(binding.version)
        self._tag = formula(binding.version_tag)

    def evaluate(self, token: Token) -> tuple[str, str]:
        """The type of binding, with the version or the tag where it needs one, else ""."""
        if self._type == "version" and self._version is not None:
            return self._type, str(self._version.integer(token))
        if self._type == "versionTag" and self._tag is not None:
            return self._type, self._tag.text(token)
        return self._type, ""
