"""One question to one MCP server, by the official SDK, which is imported at the first one: Baton's extra [mcp]."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from connectors.base import Json, Permanent, Retryable
from connectors.llm.bounded import TookTooLong, size_limited, within
from connectors.mcp_client.operations import Operation
from connectors.mcp_client.servers import McpServer

FAILED, TOO_LARGE, UNKNOWN = "MCP_CALL_FAILED", "MCP_ANSWER_TOO_LARGE", "MCP_CALL_OUTCOME_UNKNOWN"
MOST_BYTES = 1_000_000  # of an answer, as JSON
_BROKE_OFF = (-32000, 408)  # the SDK's own words for a connection that was closed, and for no answer in time
_MOST_TOOLS, _MOST_PAGES = 500, 20


def ask(server: McpServer, operation: Operation, seconds: float) -> Json:
    """The server's answer, in the words of Camunda's connectors.

    Raises Retryable when the server was not reached, Permanent when it refused or when nobody knows what it did.
    """
    progress = _Progress()
    try:
        answer = within(min(seconds, server.timeout_seconds), lambda: _asked(server, operation, progress))
    except TookTooLong:
        raise progress.problem("it did not answer in time") from None
    except Permanent:
        raise
    except (Exception, BaseExceptionGroup) as problem:  # the SDK raises groups of whatever went wrong in its tasks
        raise progress.problem(_said(problem), is_refusal=_is_refusal(problem)) from None
    if len(json.dumps(answer)) > MOST_BYTES:
        raise Permanent(f"The MCP server's answer is larger than {MOST_BYTES:,} bytes.", code=TOO_LARGE)
    return answer


class _Progress:
    """How far a question got: one that may have done something must not be asked again."""

    def __init__(self) -> None:
        self.is_calling = False

    def problem(self, said: str, *, is_refusal: bool = False) -> Exception:
        if is_refusal:
            return Permanent(f"The MCP server refused: {said}", code=FAILED)
        if self.is_calling:
            text = f"Nobody knows whether the MCP server's tool did its work: {said}"
            return Permanent(text, code=UNKNOWN)
        return Retryable(f"The MCP server was not reached: {said}", code=FAILED)


async def _asked(server: McpServer, operation: Operation, progress: _Progress) -> Json:
    async with _session(server) as session:
        if operation.method == "tools/list":
            return {"toolDefinitions": await _tools(session, server, operation)}
        progress.is_calling = operation.method == "tools/call"
        return await _ANSWERS[operation.method](session, operation)


@asynccontextmanager
async def _session(server: McpServer) -> AsyncIterator[Any]:
    try:
        from mcp import ClientSession
    except ImportError as problem:
        raise Permanent(f"MCP servers need Baton's extra [mcp]: {problem}.", code="MCP_NOT_INSTALLED") from None
    async with _streams(server) as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def _streams(server: McpServer) -> Any:
    from mcp.client.sse import sse_client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    headers = dict(server.headers)
    match server.transport:
        case "stdio":
            first, *rest = server.command
            return stdio_client(StdioServerParameters(command=first, args=rest, env=dict(server.environment) or None))
        case "sse":
            return sse_client(server.url, headers, httpx_client_factory=size_limited)
    return _http(server)


@asynccontextmanager
async def _http(server: McpServer) -> AsyncIterator[Any]:
    from mcp.client.streamable_http import streamable_http_client

    limited = size_limited(dict(server.headers), httpx.Timeout(server.timeout_seconds))
    async with limited as http, streamable_http_client(server.url, http_client=http) as streams:
        yield streams


async def _tools(session: Any, server: McpServer, operation: Operation) -> list[Json]:
    found: list[Json] = []
    cursor = None
    for _ in range(_MOST_PAGES):
        page = await session.list_tools(cursor)
        found += [
            {"name": tool.name, "description": tool.description or "", "inputSchema": tool.inputSchema}
            for tool in page.tools
            if server.has(tool.name) and operation.lets(tool.name)
        ]
        cursor = page.nextCursor
        if not cursor:
            break
    return found[:_MOST_TOOLS]


async def _call(session: Any, operation: Operation) -> Json:
    answer = _plain(await session.call_tool(operation.subject, operation.arguments))
    content = answer.get("content") or []
    if not content and answer.get("structuredContent") is not None:
        content = [{"type": "text", "text": json.dumps(answer["structuredContent"])}]
    return {"name": operation.subject, "content": content, "isError": bool(answer.get("isError"))}


async def _resources(session: Any, operation: Operation) -> Json:
    found = _plain(await session.list_resources())["resources"]
    return {"resources": [one for one in found if operation.lets(str(one.get("uri")))]}


async def _templates(session: Any, operation: Operation) -> Json:
    found = _plain(await session.list_resource_templates())["resourceTemplates"]
    return {"resourceTemplates": [one for one in found if operation.lets(str(one.get("uriTemplate")))]}


async def _read(session: Any, operation: Operation) -> Json:
    return {"contents": _plain(await session.read_resource(operation.subject))["contents"]}


async def _prompts(session: Any, operation: Operation) -> Json:
    found = _plain(await session.list_prompts())["prompts"]
    return {"prompts": [one for one in found if operation.lets(str(one.get("name")))]}


async def _prompt(session: Any, operation: Operation) -> Json:
    given = {name: str(value) for name, value in operation.arguments.items()}
    return _plain(await session.get_prompt(operation.subject, given))


_ANSWERS: Mapping[str, Callable[[Any, Operation], Any]] = {
    "tools/call": _call,
    "resources/list": _resources,
    "resources/templates/list": _templates,
    "resources/read": _read,
    "prompts/list": _prompts,
    "prompts/get": _prompt,
}


def _plain(answer: Any) -> dict[str, Json]:
    plain: dict[str, Json] = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


def _first(problem: BaseException) -> BaseException:
    while isinstance(problem, BaseExceptionGroup) and problem.exceptions:
        problem = problem.exceptions[0]
    return problem


def _is_refusal(problem: BaseException) -> bool:
    first = _first(problem)
    told = getattr(getattr(first, "error", None), "code", None)
    return type(first).__name__ == "McpError" and told not in _BROKE_OFF


def _said(problem: BaseException) -> str:
    first = _first(problem)
    return f"{type(first).__name__}: {str(first)[:300]}"
