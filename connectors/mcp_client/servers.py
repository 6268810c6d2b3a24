"""Where MCP servers are, and who may ask them for what.

A server of this installation has a name in the settings and is limited there (which processes, which tools); a diagram
may also name the address of a remote one, as Camunda's template for remote clients has it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from connectors.base import Permanent, Request
from connectors.llm.agent.fields import Fields

CODE = "MCP_CLIENT_INPUT_INVALID"
_QUOTED = re.compile(r"\{\{\s*secrets\.([^\s{}]+)\s*\}\}")
_TRANSPORTS = ("http", "sse", "stdio")


@dataclass(frozen=True, slots=True)
class McpServer:
    """One server. `tools` and `processes` are names, with `*` for any; none at all means every one.

    Headers and the environment of a command may quote secrets as `{{secrets.NAME}}`.
    """

    url: str = ""
    transport: str = "http"
    command: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    timeout_seconds: float = 30.0

    def may_be_used_by(self, process_id: str) -> bool:
        """Whether a process is in its scope."""
        return not self.processes or any(fnmatchcase(process_id, one) for one in self.processes)

    def has(self, tool: str) -> bool:
        """Whether a tool is in its scope."""
        return not self.tools or any(fnmatchcase(tool, one) for one in self.tools)

    def with_secrets(self, secret: Callable[[str], str]) -> McpServer:
        """With the secrets that its settings quote filled in."""

        def fill(text: str) -> str:
            return _QUOTED.sub(lambda found: secret(found[1]), text)

        filled = {name: fill(text) for name, text in self.headers.items()}
        return replace(self, headers=filled, environment={k: fill(v) for k, v in self.environment.items()})


def read(table: Mapping[str, Mapping[str, Any]]) -> dict[str, McpServer]:
    """The servers of the settings. Raises Permanent naming server and setting."""
    return {name: _server(name, row) for name, row in table.items()}


def named(servers: Mapping[str, McpServer], fields_: Fields, request: Request) -> McpServer:
    """The server that a diagram names, where its process may use it. Raises Permanent."""
    name = fields_.text("data.client.clientId")
    server = servers.get(name)
    if server is None:
        known = ", ".join(sorted(servers)) or "none"
        raise Permanent(f"There is no MCP server '{name[:100]}' in the settings. Known: {known}.", code=CODE)
    if not server.may_be_used_by(request.process_id):
        text = f"Process '{request.process_id}' may not use the MCP server '{name}'. Its settings name who may."
        raise Permanent(text, code="MCP_CLIENT_FORBIDDEN")
    return server.with_secrets(request.secret)


def remote(fields_: Fields) -> McpServer:
    """The server whose address a diagram gives. Raises Permanent."""
    if old := fields_.text("data.connection.sseUrl"):
        return McpServer(
            _url(fields_, "data.connection.sseUrl", old), "sse", headers=_headers(fields_, "data.connection")
        )
    kind = fields_.one_of("data.transport.type", ("http", "sse"))
    at = f"data.transport.{kind}"
    url = _url(fields_, f"{at}.url", fields_.text(f"{at}.url"))
    headers = {**_headers(fields_, at), **_authorization(fields_, f"{at}.authentication")}
    return McpServer(url, kind, headers=headers, timeout_seconds=fields_.seconds(f"{at}.timeout") or 30.0)


def _server(name: str, row: Mapping[str, Any]) -> McpServer:
    known = {one.name for one in fields(McpServer)}
    if unknown := sorted(set(row) - known):
        raise Permanent(f"MCP server '{name}' has unknown settings: {', '.join(unknown)}.", code=CODE)
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    server = McpServer(**given)
    transport = "stdio" if server.command else server.transport
    if transport not in _TRANSPORTS or not (server.command or server.url.startswith(("http://", "https://"))):
        raise Permanent(f"MCP server '{name}' needs a url (http or sse), or a command.", code=CODE)
    return replace(server, transport=transport)


def _url(fields_: Fields, path: str, url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise fields_.wrong(path, "an address that begins with http:// or https://", url)
    return url


def _headers(fields_: Fields, at: str) -> dict[str, str]:
    found = fields_.parsed(f"{at}.headers") or {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise fields_.wrong(f"{at}.headers", "an object of texts", found)
    return found


def _authorization(fields_: Fields, at: str) -> dict[str, str]:
    match fields_.text(f"{at}.type") or "noAuth":
        case "noAuth":
            return {}
        case "bearer":
            return {"Authorization": f"Bearer {fields_.text(f'{at}.token')}"}
        case "basic":
            pair = f"{fields_.text(f'{at}.username')}:{fields_.text(f'{at}.password')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        case other:
            raise fields_.wrong(f"{at}.type", "noAuth, basic or bearer", other)
