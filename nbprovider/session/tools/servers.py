"""Tools of MCP servers: programs on this machine, and services by their address."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Self

from nbprovider.config import settings
from nbprovider.credentials import redact
from nbprovider.errors import UsageError
from nbprovider.session import terms
from nbprovider.session.tools.marking import check_approval
from nbprovider.session.tools.runnable import Approval, Runnable
from nbprovider.session.tools.server_link import Link, done
from nbprovider.session.tools.server_ways import Reached, Way, way
from nbprovider.session.tools.server_words import declared, result
from nbprovider.transport import background


class Server:
    """An MCP server, connected; give it as a tool to offer all of its tools.

    - `name`: what it calls itself
    - `tools`: its tools, which can be given one by one too: `server["search"]`

    A `with` block, or `close`, ends the connection, and the program. So does the end of the kernel,
    and that nobody holds the server or one of its tools any more.
    """

    def __init__(self, to: Way, approval: Approval, prefix: str, timeout: float) -> None:
        self._way = to
        self._link = Link(to, timeout)
        weakref.finalize(self, self._link.end).atexit = False
        name, tools = self._link.opened()
        self.name = name or to.told
        self.closed = False
        self.tools = tuple(self._runnable(tool, approval, prefix) for tool in tools)

    def _runnable(self, tool: Any, approval: Approval, prefix: str) -> Runnable:
        name = tool.name

        def function(**arguments: Any) -> Any:
            return result(name, done(self._link.call(name, arguments)))

        async def coroutine(**arguments: Any) -> Any:
            future = background(self._link.call(name, arguments))
            return result(name, await asyncio.wrap_future(future))

        return Runnable(declared(tool, prefix), function, coroutine, approval=approval)

    def close(self) -> None:
        """End the connection, and the program."""
        self.closed = True
        self._link.close()

    def __iter__(self) -> Iterator[Runnable]:
        return iter(self.tools)

    def __len__(self) -> int:
        return len(self.tools)

    def __getitem__(self, name: str) -> Runnable:
        found = {tool.tool.name: tool for tool in self.tools}
        if name not in found:
            raise UsageError(
                f"{self.name} has no tool {name!r}.",
                hint=f"It has: {', '.join(found) or 'none'}.",
            )
        return found[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        names = ", ".join(tool.tool.name for tool in self.tools)
        return redact(f"<MCP server {self.name}{' (closed)' * self.closed}: {names}>")


def mcp(
    server: str | Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    approval: Approval = "ask",
    prefix: str = "",
    timeout: float = 60.0,
) -> Server:
    """Connect to an MCP server, return it: its tools are tools of `%%chat` and `ask`.

    - `server`: a command such as "uvx mcp-server-time", as a line or as its words, or an http(s)
      address
    - `env`: variables for the program, which inherits harmless ones only; `headers`: sent to the
      address, as {"Authorization": "Bearer …"}. What is a secret by its name is shown nowhere
    - `approval`: whether its tools run: "ask" before each, as somebody else has written them
    - `prefix`: put before the names of its tools, where two servers use the same
    - `timeout`: seconds to connect, and for each of its answers

    Raises UsageError where the extra `mcp` is not installed, or this is no server; Unavailable when
    it does not answer; UnsafeAddress for a forbidden host.
    """
    if find_spec("mcp") is None:
        raise UsageError(
            "MCP servers need the official client, which is not installed.",
            hint="Run `%pip install 'nbprovider[mcp]'`.",
        )
    check_approval(approval)
    reached = Reached(terms.network(settings()), timeout)
    return Server(way(server, env, headers, reached), approval, prefix, timeout)
