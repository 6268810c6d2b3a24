"""Elements that stand for the tools of an MCP server: before the first question they are asked which tools there are.

As Camunda does it, each gateway is begun once with a call named `MCP_toolsList_<element>`; its result names the tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.base import Begin, Json
from connectors.llm.agent.conversation import Conversation
from connectors.llm.agent.toolbox import Toolbox

DISCOVERY = "MCP_toolsList_"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is known now; `asks` are gateways that are to be asked first, `results` what is left for the agent."""

    conversation: Conversation
    results: Sequence[Json]
    asks: tuple[Begin, ...] = ()


def discover(context: Conversation, elements: Json, results: Sequence[Json]) -> Discovery | None:
    """Take what gateways told; None while one of those that were asked has not answered."""
    gateways = Toolbox.read(elements).gateways
    told = {id_: one for one in results if isinstance(one, dict) and (id_ := _gateway(one.get("id")))}
    rest = [one for one in results if not (isinstance(one, dict) and _gateway(one.get("id")))]
    known = dict(context.discovered or {})
    known |= {element_id: one.get("content") for element_id, one in told.items()}
    new = [name for name in gateways if name not in known]
    # A conversation that has begun goes on with the tools that it began with.
    if not new or not context.is_empty:
        return Discovery(replace(context, discovered=known) if gateways else context, rest)
    if context.discovered is not None:
        return None
    return Discovery(replace(context, discovered={}), rest, tuple(_ask(name) for name in new))


def _gateway(result_id: Json) -> str:
    is_one = isinstance(result_id, str) and result_id.startswith(DISCOVERY)
    return result_id.removeprefix(DISCOVERY) if is_one else ""


def _ask(element_id: str) -> Begin:
    meta = {"id": f"{DISCOVERY}{element_id}", "name": element_id}
    call = {"method": "tools/list", "params": {}, "_meta": meta}
    return Begin(element_id, {"toolCall": call, "toolCallResult": ""})
