"""The Model Context Protocol over HTTP, without sessions: one JSON-RPC message in, one answer out.

Source: modelcontextprotocol.io, revision 2025-06-18 (transports: Streamable HTTP; server features: tools). The server
sends nothing by itself, so there is no stream to open: GET is answered 405, as the protocol allows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from pydantic import ValidationError

from api.context import actor, engine
from api.mcp.process_tools import ProcessTool, process_tools
from api.mcp.tools import TOOLS, OfferedTool
from api.problems import Problem, problem_of
from engine.actors import Actor
from engine.errors import EngineError

Json = Any

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
PARSE_ERROR, INVALID_REQUEST, NO_SUCH_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
_INSTRUCTIONS = (
    "Baton runs business processes. What you do here is done in your own name, within your roles, and is in the audit "
    "trail. Keys are texts of digits."
)

mcp = Blueprint("mcp", __name__, url_prefix="/mcp")


class _RpcError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@mcp.post("")
def answer() -> Response:
    """Answer one message of an outside agent; notifications are only taken."""
    try:
        message = _read()
    except _RpcError as problem:
        return _shown({"jsonrpc": "2.0", "id": None, "error": _error(problem)}, 400)
    if "id" not in message:
        return Response(status=202)
    told = {"jsonrpc": "2.0", "id": message["id"]}
    try:
        return _shown({**told, "result": _result(message["method"], message.get("params") or {})})
    except _RpcError as problem:
        return _shown({**told, "error": _error(problem)})


def _read() -> dict[str, Json]:
    try:
        message: Json = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise _RpcError(PARSE_ERROR, "The body is not JSON.") from None
    is_one = isinstance(message, dict) and message.get("jsonrpc") == "2.0" and isinstance(message.get("method"), str)
    if not is_one or not isinstance(message.get("params") or {}, dict):
        raise _RpcError(INVALID_REQUEST, "Send one JSON-RPC 2.0 request or notification.")
    if not isinstance(message.get("id", 0), str | int):
        raise _RpcError(INVALID_REQUEST, "The id of a request is a text or a whole number.")
    return dict(message)


def _result(method: str, params: Mapping[str, Json]) -> dict[str, Json]:
    known: Mapping[str, Callable[[Mapping[str, Json]], dict[str, Json]]] = {
        "initialize": _initialize,
        "ping": lambda _: {},
        "tools/list": _list,
        "tools/call": _call,
    }
    if method not in known:
        raise _RpcError(NO_SUCH_METHOD, f"Baton offers tools only, and does not know '{method[:100]}'.")
    return known[method](params)


def _initialize(params: Mapping[str, Json]) -> dict[str, Json]:
    from api.app import baton_version

    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "baton", "title": "Baton", "version": baton_version()},
        "instructions": _INSTRUCTIONS,
    }


def _list(_: Mapping[str, Json]) -> dict[str, Json]:
    return {"tools": [tool.as_json() for tool in _tools(actor()).values()]}


def _call(params: Mapping[str, Json]) -> dict[str, Json]:
    by, name, arguments = actor(), params.get("name"), params.get("arguments") or {}
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise _RpcError(INVALID_PARAMS, "A call has the name of a tool, and arguments as an object.")
    tool = _tools(by).get(name)
    engine().note_outside_call(name, sorted(arguments), is_allowed=tool is not None, by=by)
    if tool is None:
        raise _RpcError(INVALID_PARAMS, f"There is no tool '{name[:100]}' for you. Ask for tools/list.")
    try:
        arguments = dict(engine().judge_outside_call(name, arguments, by=by))
        told = tool.call(arguments, by) if isinstance(tool, ProcessTool) else tool.call(arguments)
    except (Problem, EngineError, ValidationError) as problem:
        return _failed(problem_of(problem))
    structured = told if isinstance(told, dict) else {"value": told}
    text = json.dumps(told, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": False}


def _tools(by: Actor) -> dict[str, OfferedTool | ProcessTool]:
    """What an actor may use. Baton's own names win over those of processes."""
    own = {tool.name: tool for tool in TOOLS if tool.may_be_used_by(by)}
    return {**process_tools(by), **own}


def _failed(problem: Problem) -> dict[str, Json]:
    """What the agent is told, so that it can do better."""
    fields = "".join(f"\n- {name}: {text}" for name, text in problem.fields.items())
    return {"content": [{"type": "text", "text": f"{problem.code}: {problem.detail}{fields}"}], "isError": True}


def _error(problem: _RpcError) -> dict[str, Json]:
    return {"code": problem.code, "message": str(problem)}


def _shown(message: dict[str, Json], status: int = 200) -> Response:
    return Response(json.dumps(message, ensure_ascii=False), status, mimetype="application/json")
