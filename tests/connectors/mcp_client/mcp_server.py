"""A small MCP server for tests: `python mcp_server.py stdio`, or `http PORT` / `sse PORT` on 127.0.0.1."""

from __future__ import annotations

import sys

from mcp.server.fastmcp import FastMCP  # noqa: TID253 - this program is nothing else

arguments = sys.argv[1:]
server = FastMCP("test", host="127.0.0.1", port=int(arguments[1]) if len(arguments) > 1 else 8000, log_level="ERROR")


@server.tool()
def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


@server.tool()
def fail() -> str:
    """Always fail."""
    raise ValueError("on purpose")


@server.tool()
def flood() -> str:
    """Answer without end."""
    return "x" * 10_000_000


@server.tool()
async def sleep() -> str:
    """Never answer."""
    import asyncio

    await asyncio.sleep(60)
    return "late"


@server.tool()
def die() -> str:
    """End in the middle of a call."""
    import os

    os._exit(1)


@server.resource("note://today")
def today() -> str:
    """A note."""
    return "buy milk"


server.run({"stdio": "stdio", "http": "streamable-http", "sse": "sse"}[arguments[0]])
