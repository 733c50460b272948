"""An MCP server made with the official SDK: `python mcp_server.py`, or with `http PORT`."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from pathlib import Path

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ImageContent, TextContent
from pydantic import BaseModel

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
server = MCPServer("sums", log_level="ERROR")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def variable(name: str) -> str:
    """Tell a variable of this process."""
    return os.environ.get(name, "not set")


@server.tool()
def fail() -> str:
    """Fail."""
    raise ToolError("the well is dry")


@server.tool(structured_output=False)
def draw() -> list[TextContent | ImageContent]:
    """Draw a pixel."""
    data = base64.b64encode(PIXEL).decode()
    return [
        TextContent(type="text", text="a pixel:"),
        ImageContent(type="image", data=data, mime_type="image/png"),
    ]


@server.tool()
async def wait(seconds: float, file: str) -> str:
    """Wait, and write into a file how it ended."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        Path(file).write_text("cancelled", encoding="utf-8")  # noqa: ASYNC240 - one word
        raise
    return "waited"


class Place(BaseModel):
    """A place on the earth."""

    north: float
    east: float


@server.tool(name="maps/far.from")
def far_from(start: Place, to: Place) -> float:
    """Tell how far two places are from each other, in degrees."""
    return abs(start.north - to.north) + abs(start.east - to.east)


@server.tool()
def pid() -> int:
    """Tell the process."""
    return os.getpid()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["http", port]:
            server.run("streamable-http", host="127.0.0.1", port=int(port))
        case ["broken"]:
            sys.exit("no such database")
        case _:
            server.run()
