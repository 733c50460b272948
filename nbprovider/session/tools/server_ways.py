"""How an MCP server is reached: a program that is started here, or an address."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from nbprovider.credentials import Secret, reach
from nbprovider.errors import UsageError
from nbprovider.transport import Settings, new_async_client

_SECRET = re.compile(r"key|token|secret|passw|auth|cookie|credential", re.IGNORECASE)

TOLD = 300
"""Characters of a program's complaint that an error shows."""


class Reached(Struct, frozen=True):
    """How to reach an address, and how many seconds of silence it may take."""

    settings: Settings
    seconds: float


class Way(Protocol):
    """A way to a server; `told` is what to call it, `secrets` keeps what must not be shown."""

    told: str
    hint: str
    secrets: tuple[Secret, ...]

    async def transport(self, stack: AsyncExitStack) -> Any:
        """Return what the client connects by; the stack closes it."""

    def complaint(self) -> str:
        """Return what the server has complained of, "" where nobody can say."""


class Program:
    """A program that is spoken to by its standard input and output.

    It inherits no variables of this process but the harmless ones (PATH, HOME and the like), and
    what `env` names. What it writes to standard error is kept for an error's words.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None) -> None:
        self._command = tuple(command)
        self._env = dict(env or {})
        self._errors: IO[str] | None = None
        self.told = os.path.basename(self._command[0])  # noqa: PTH119 - a name, not a path
        self.hint = "Run the command in a terminal: it must start, and wait. env={…} gives it keys."
        self.secrets = _secrets(self._env)

    async def transport(self, stack: AsyncExitStack) -> Any:
        """Return the client's transport to the program; it is started when that is entered."""
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        kept = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - the stack closes it
        self._errors = stack.enter_context(kept)
        command, *args = self._command
        parameters = StdioServerParameters(command=command, args=args, env=self._env)
        return stdio_client(parameters, errlog=self._errors)

    def complaint(self) -> str:
        """Return the last line that the program wrote to standard error."""
        if self._errors is None or self._errors.closed:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1][:TOLD] if lines else ""


class Address:
    """A service that is spoken to by HTTP, under the same rules as every provider."""

    def __init__(self, url: str, headers: Mapping[str, str] | None, reached: Reached) -> None:
        self._url = url
        self._headers = dict(headers or {})
        self._reached = reached
        parts = urlsplit(url)
        reach.refuse_text(parts.hostname or "")
        self.told = parts.netloc.rpartition("@")[2]
        self.hint = (
            'Check the address, often it ends in /mcp; headers={"Authorization": …} for a key.'
        )
        self.secrets = _secrets(self._headers)

    async def transport(self, stack: AsyncExitStack) -> Any:
        """Return the client's transport to the address."""
        from mcp.client.streamable_http import streamable_http_client

        client = new_async_client(self._reached.settings, self._headers, self._reached.seconds)
        return streamable_http_client(
            self._url, http_client=await stack.enter_async_context(client)
        )

    def complaint(self) -> str:
        """Return nothing: what an address complains of is in its error."""
        return ""


def way(
    server: str | Sequence[str],
    env: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    reached: Reached,
) -> Way:
    """Return the way to a server: an http(s) address, else a command line or its words.

    Raises UsageError for what is neither, and UnsafeAddress for a forbidden host.
    """
    if isinstance(server, str) and urlsplit(server).scheme in {"http", "https"}:
        if env:
            raise UsageError("A server by its address takes no env.", hint="Give headers.")
        return Address(server, headers, reached)
    if headers:
        raise UsageError("A program takes no headers.", hint="Give env: variables for it.")
    words = _split(server) if isinstance(server, str) else list(server)
    if not words or not all(isinstance(word, str) and word for word in words):
        raise UsageError(
            f"{server!r} is no MCP server.",
            hint="Give a command such as 'uvx mcp-server-time', or an http(s) address.",
        )
    return Program(words, env)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(
            f"The command cannot be read: {error}.", hint="Close the quote, or give a list."
        ) from None


def _secrets(named: Mapping[str, str]) -> tuple[Secret, ...]:
    """Return the values that are secrets by their names, so that they are shown nowhere."""
    values = [value for name, value in named.items() if _SECRET.search(name)]
    return tuple(Secret(value.rpartition(" ")[2]) for value in values)
