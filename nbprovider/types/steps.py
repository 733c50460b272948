"""What a flow needs from the world: its driver does it and sends the result back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from msgspec import Struct, field

from nbprovider.concealed import concealed
from nbprovider.types.call import Ref


class Request(Struct, frozen=True):
    """An HTTP request, ready to be sent; `body` is b"" for none.

    Once signed it carries a key: it shows the names of its headers only, and is not pickled.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def host(self) -> str:
        """The name of the server that it goes to."""
        return urlsplit(self.url).hostname or ""

    def __repr__(self) -> str:
        names = ", ".join(self.headers)
        size = f"{len(self.body):,} bytes"
        return f"Request({self.method} {concealed(self.url)}, headers: {names}; {size})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("request", repr(self))]

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Request is not pickled: it may carry a key.")


class Command(Struct, frozen=True):
    """A program to run, heard by what it writes to its standard output.

    It runs in an empty folder of its own, removed afterwards, and in a process group of its own,
    ended with it.

    - `argv`: the program's name, looked for on PATH, and its arguments
    - `stdin`: what it reads; no program waits for a terminal
    - `files`: file name → content, put into its folder
    - `environment`: variables set on top of this process's own
    - `strip`: variables that it must not inherit
    """

    argv: tuple[str, ...]
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    strip: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(self.environment)
        return f"Command({concealed(' '.join(self.argv))}, variables: {names})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("command", repr(self))]

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Command is not pickled: its variables may carry a key.")


class Head(Struct, frozen=True):
    """The beginning of an HTTP response; header names are lower case. 200 for a started program.

    A server may send a key back in a header: only their names are shown.
    """

    status: int
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Head({self.status}, headers: {', '.join(self.headers)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("head", repr(self))]


class Send(Struct, frozen=True):
    """Send the request or run the command, give back its Head.

    Silence beyond `silence` seconds is a stall. `about` is the account and the model that it is
    for, as the audit notes it.
    """

    request: Request | Command
    silence: float = 30.0
    about: Ref | None = None


class Read(Struct, frozen=True):
    """Give back the next bytes of the response or of the program, b"" at its end.

    `silence` is another limit than Send's for this one read, kept by programs only.
    """

    silence: float | None = None


class Sleep(Struct, frozen=True):
    """Wait so many seconds."""

    seconds: float


class Await(Struct, frozen=True):
    """Run a coroutine on the user's own loop, give back its result."""

    coroutine: Coroutine[Any, Any, Any]


class Block(Struct, frozen=True):
    """Call a function that may block for a moment, give back its result."""

    function: Callable[[], Any]


Step = Send | Read | Sleep | Await | Block
