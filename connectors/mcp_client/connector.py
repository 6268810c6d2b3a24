"""The connectors of Camunda's MCP clients: the tools of a server for an agent, or one question by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Json, Permanent, Request, Result
from connectors.llm.agent.fields import Fields
from connectors.mcp_client import operations, servers
from connectors.mcp_client.asking import FAILED, UNKNOWN, ask
from connectors.mcp_client.operations import Operation
from connectors.mcp_client.servers import McpServer

TOLD_TO_MODELS = frozenset({FAILED, UNKNOWN})


class McpClient:
    """`io.camunda.agenticai:mcpclient` (a server of the settings) and `mcpremoteclient` (an address of the diagram)."""

    secret_inputs = frozenset({"data.transport", "data.connection"})

    def __init__(self, table: Mapping[str, Mapping[str, Any]], *, is_remote: bool) -> None:
        self._servers = servers.read(table)
        self._is_remote = is_remote

    def __call__(self, request: Request) -> Result:
        """Ask; the response is what Camunda's connectors give.

        A model is told of tools that are not allowed and of calls that failed. Raises Permanent and Retryable.
        """
        fields = Fields(request.variables, request.element_id)
        server = servers.remote(fields) if self._is_remote else servers.named(self._servers, fields, request)
        operation = operations.read(fields)
        if operation.subject and not _is_allowed(server, operation):
            text = f"'{operation.subject[:200]}' is not allowed by the filters of the diagram or the server's settings."
            return _refused(operation, Permanent(text, code="MCP_FORBIDDEN"))
        try:
            return Result(ask(server, operation, request.timeout_seconds))
        except Permanent as problem:
            if problem.code not in TOLD_TO_MODELS:
                raise
            return _refused(operation, problem)


def _is_allowed(server: McpServer, operation: Operation) -> bool:
    in_scope = server.has(operation.subject) if operation.method == "tools/call" else True
    return in_scope and operation.lets(operation.subject)


def _refused(operation: Operation, problem: Permanent) -> Result:
    if not (operation.is_for_agent and operation.method == "tools/call"):
        raise problem
    content: list[Json] = [{"type": "text", "text": str(problem)}]
    return Result({"name": operation.subject, "content": content, "isError": True})
