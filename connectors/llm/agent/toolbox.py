"""The tools of an agent: which there are, what they take, and which activity stands behind a name.

A tool is an element of the agent's ad-hoc sub-process, described by `adHocSubProcessElements`. An element that is a
gateway to an MCP server stands for as many tools as that server has, named `MCP_<element>___<tool>` as Camunda does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.base import Json, Permanent
from connectors.llm.answer import Answer, schema_fault
from connectors.llm.call import Offer

GATEWAY_PROPERTY = "io.camunda.agenticai.gateway.type"
IRREVERSIBLE = "baton:irreversible"  # a property of a tool: a person says yes before it runs
APPROVERS = "baton:approvers"
MCP_PREFIX, MCP_BETWEEN = "MCP_", "___"
_MOST_TOOLS = 200
# A diagram may put an argument into the address of a web request, where quoted secrets are filled in.
_SECRET = re.compile(r"\{\{|\}\}|(?:^|\s)secrets\.", re.IGNORECASE)
_LONGEST_ARGUMENTS = 100_000
_CODE = "AD_HOC_TOOL_SCHEMA_INVALID"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a model sees it (`name`, `description`, `schema`), and the element that runs for it.

    `remote` is its name at an MCP server, "" for an activity.
    """

    name: str
    description: str
    schema: Mapping[str, Json]
    element_id: str
    remote: str = ""
    is_irreversible: bool = False
    approvers: str = ""

    @property
    def offer(self) -> Offer:
        """What a model is told of it."""
        return Offer(self.name, self.description, self.schema)

    def as_json(self) -> dict[str, Json]:
        """As Camunda's tool definitions are."""
        return {"name": self.name, "description": self.description, "inputSchema": dict(self.schema)}

    def variables(self, call_id: str, arguments: Mapping[str, Json], approval: int | None) -> dict[str, Json]:
        """What the activity sees of a call of it. The result's name is there, so that no result goes up."""
        meta: dict[str, Json] = {"id": call_id, "name": self.element_id}
        if approval is not None:
            meta["approval"] = str(approval)
        given = {"method": "tools/call", "params": {"name": self.remote, "arguments": dict(arguments)}}
        return {"toolCall": {**(given if self.remote else arguments), "_meta": meta}, "toolCallResult": ""}


@dataclass(frozen=True, slots=True)
class Toolbox:
    """All tools of one agent, by name. `gateways` are the elements whose tools an MCP server has to tell."""

    tools: Mapping[str, Tool]
    gateways: tuple[str, ...] = ()

    @classmethod
    def read(cls, elements: Json, discovered: Mapping[str, Json] | None = None) -> Toolbox:
        """From `adHocSubProcessElements`, and what MCP servers told. Raises Permanent naming the element."""
        listed = [one for one in elements or () if isinstance(one, dict)]
        gateways = [one for one in listed if _properties(one).get(GATEWAY_PROPERTY)]
        tools = [_tool(one) for one in listed if one not in gateways]
        for one in gateways:
            tools += _remote_tools(one, (discovered or {}).get(one["elementId"]))
        return cls({tool.name: tool for tool in tools[:_MOST_TOOLS]}, tuple(one["elementId"] for one in gateways))

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What a model is told of them."""
        return tuple(tool.offer for tool in self.tools.values())

    def as_json(self) -> list[Json]:
        """As Camunda's tool definitions are."""
        return [tool.as_json() for tool in self.tools.values()]


def arguments_of(text: str, schema: Mapping[str, Json]) -> tuple[dict[str, Json], str]:
    """A model's arguments, and what is wrong with them ("" when nothing is)."""
    if len(text) > _LONGEST_ARGUMENTS:
        return {}, f"The arguments have {len(text):,} characters; at most {_LONGEST_ARGUMENTS:,} are taken."
    answer = Answer.parse(text.strip() or "{}", schema)
    if answer.faults:
        return {}, " ".join(answer.faults)
    if not isinstance(answer.output, dict):
        return {}, "The arguments must be one JSON object."
    if "_meta" in answer.output:
        return {}, "The argument '_meta' is not the model's to give."
    if any(_SECRET.search(word) for word in _words(answer.output)):
        return {}, "The arguments may not quote secrets."
    return answer.output, ""


def _words(value: Json) -> Iterator[str]:
    """Every text in a value, names among them."""
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _words(one)
        case dict():
            for name, one in value.items():
                yield name
                yield from _words(one)


def _properties(element: Mapping[str, Json]) -> Mapping[str, Json]:
    return element.get("properties") or {}


def _tool(element: Mapping[str, Json]) -> Tool:
    id_ = str(element["elementId"])
    properties: dict[str, Json] = {}
    required: list[str] = []
    for parameter in element.get("parameters") or ():
        name = _parameter_name(id_, parameter, properties)
        properties[name] = _parameter_schema(id_, parameter)
        if _is_required(id_, parameter):
            required.append(name)
    schema: dict[str, Json] = {"type": "object", "properties": properties, "required": required}
    if fault := schema_fault(schema):
        raise _invalid(id_, f"its parameters are no JSON Schema: {fault}")
    description = str(element.get("documentation") or element.get("elementName") or "")
    return Tool(id_, description, schema, id_, **_safety(element))


def _safety(element: Mapping[str, Json]) -> dict[str, Json]:
    given = _properties(element)
    says_so = str(given.get(IRREVERSIBLE) or "").strip().lower()
    return {
        # A word that nobody knows is taken for a yes: the mistake must cost a question, not a payment.
        "is_irreversible": says_so not in ("", "false", "no"),
        "approvers": str(given.get(APPROVERS) or "").strip(),
    }


def _parameter_name(element_id: str, parameter: Mapping[str, Json], known: Mapping[str, Json]) -> str:
    name = parameter.get("name")
    if not isinstance(name, str) or not name:
        raise _invalid(element_id, "fromAi() needs a reference such as toolCall.amount as its first argument")
    if name == "_meta":
        raise _invalid(element_id, "a parameter may not be called _meta")
    if name in known:
        raise _invalid(element_id, f"the parameter '{name}' is there twice")
    return name


def _parameter_schema(element_id: str, parameter: Mapping[str, Json]) -> dict[str, Json]:
    given = parameter.get("schema")
    if given is not None and not isinstance(given, dict):
        raise _invalid(element_id, f"the schema of parameter '{parameter['name']}' is no context")
    schema = dict(given or {})
    if parameter.get("type"):
        schema["type"] = parameter["type"]
    schema.setdefault("type", "string")
    if parameter.get("description"):
        schema["description"] = parameter["description"]
    return schema


def _is_required(element_id: str, parameter: Mapping[str, Json]) -> bool:
    options = parameter.get("options")
    wanted = options.get("required") if isinstance(options, dict) else None
    if not isinstance(wanted, bool | None):
        raise _invalid(element_id, f"the option required of parameter '{parameter['name']}' must be true or false")
    return wanted is not False


def _remote_tools(gateway: Mapping[str, Json], told: Json) -> list[Tool]:
    """The tools that an MCP server told of; those that cannot be described are left out."""
    if MCP_BETWEEN in gateway["elementId"]:
        raise _invalid(gateway["elementId"], f"the id of an MCP client may not hold {MCP_BETWEEN!r}")
    definitions = told.get("toolDefinitions") if isinstance(told, dict) else None
    found = [_remote_tool(gateway, one) for one in definitions or () if isinstance(one, dict)]
    return [tool for tool in found if tool is not None]


def _remote_tool(gateway: Mapping[str, Json], told: Mapping[str, Json]) -> Tool | None:
    remote, schema = str(told.get("name") or ""), told.get("inputSchema") or {"type": "object"}
    if not remote or schema_fault(schema):
        return None
    id_ = str(gateway["elementId"])
    name = f"{MCP_PREFIX}{id_}{MCP_BETWEEN}{remote}"
    return Tool(name, str(told.get("description") or ""), schema, id_, remote, **_safety(gateway))


def _invalid(element_id: str, text: str) -> Permanent:
    return Permanent(f"Tool '{element_id}' cannot be described to a model: {text}.", code=_CODE)
