"""What may be asked of an MCP server, in the words of Camunda's templates, and the filters before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import Json
from connectors.llm.agent.fields import Fields

KNOWN = (
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "prompts/list",
    "prompts/get",
)
# The word for what is asked: which filter looks at it, and which parameter names it.
_NAMES = {"tools/call": ("tools", "name"), "resources/read": ("resources", "uri"), "prompts/get": ("prompts", "name")}


@dataclass(frozen=True, slots=True)
class Operation:
    """One question. `is_for_agent`: a model asks, and is told of a failure instead of failing the job."""

    method: str
    params: Mapping[str, Json]
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    is_for_agent: bool = False

    @property
    def subject(self) -> str:
        """The tool, resource or prompt that it names; "" for a list."""
        _, name = _NAMES.get(self.method, ("", ""))
        return str(self.params.get(name) or "")

    @property
    def arguments(self) -> dict[str, Json]:
        """What a tool or a prompt is given."""
        given = self.params.get("arguments")
        return given if isinstance(given, dict) else {}

    def lets(self, name: str) -> bool:
        """Whether the diagram's filters let a name pass: among the included, if any, and not among the excluded."""
        return (not self.included or name in self.included) and name not in self.excluded


def read(fields: Fields) -> Operation:
    """The operation of a job, in the form of any version of the templates. Raises Permanent."""
    if fields.value("data.operation") is not None:
        method = _method(fields, "data.operation.method")
        return Operation(method, _object(fields, "data.operation.params"), *_filters(fields, "data.tools"), True)
    mode = "data.connectorMode"
    if fields.one_of(f"{mode}.type", ("aiAgentTool", "standalone")) == "aiAgentTool":
        method = _method(fields, f"{mode}.toolOperation.method")
        params = _object(fields, f"{mode}.toolOperation.params")
        return Operation(method, params, *_filters(fields, f"{mode}.toolModeFilters.tools"), True)
    method = _method(fields, f"{mode}.operation.type")
    kind = method.partition("/")[0]
    return Operation(
        method, _alone(fields, f"{mode}.operation"), *_filters(fields, f"{mode}.standaloneModeFilters.{kind}")
    )


def _alone(fields: Fields, at: str) -> dict[str, Json]:
    name = fields.text(f"{at}.toolName") or fields.text(f"{at}.promptName")
    arguments = _object(fields, f"{at}.toolArguments") or _object(fields, f"{at}.promptArguments")
    return {"name": name, "uri": fields.text(f"{at}.resourceUri"), "arguments": arguments}


def _method(fields: Fields, path: str) -> str:
    method = fields.text(path)
    if method not in KNOWN:
        raise fields.wrong(path, f"one of {', '.join(KNOWN)}", method)
    return method


def _object(fields: Fields, path: str) -> dict[str, Json]:
    found = fields.parsed(path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise fields.wrong(path, "an object", found)
    return found


def _filters(fields: Fields, at: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    included, excluded = (_names(fields, f"{at}.{word}") for word in ("included", "excluded"))
    return included, excluded


def _names(fields: Fields, path: str) -> tuple[str, ...]:
    found = fields.parsed(path) or []
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise fields.wrong(path, "a list of names", found)
    return tuple(found)
