"""One tool that can be run: what the model is told of it, and the function behind it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.credentials.redaction import redact, without_known
from nbprovider.session.tools.arguments import Arguments, ArgumentsError
from nbprovider.session.tools.results import content
from nbprovider.types import Text, Tool, ToolCall, ToolResult
from nbprovider.types.parts import Given

Approval = Literal["always", "ask", "never"]
"""Whether a tool runs: without a question, after one to whoever sits there, not at all."""


class Runnable(Struct, frozen=True):
    """A tool, and how to run it.

    - `function`: what runs in this thread; `coroutine`: what runs on a loop. One of them is enough;
      with neither it is declared only: the model may ask for it, and whoever asked runs it
    - `arguments`: how the model's JSON becomes the function's arguments
    - `approval`: "" leaves it to the question that is asked, and to the settings
    """

    tool: Tool
    function: Callable[..., Any] | None = None
    coroutine: Callable[..., Coroutine[Any, Any, Any]] | None = None
    arguments: Arguments = Arguments()
    approval: Approval | Literal[""] = ""

    @property
    def runs(self) -> bool:
        """Whether it can be run here."""
        return self.function is not None or self.coroutine is not None

    @property
    def is_async(self) -> bool:
        """Whether it runs on a loop only: then `arun` is the way."""
        return self.function is None and self.coroutine is not None

    def run(self, call: ToolCall) -> ToolResult:
        """Run it in this thread, return what the model is told; for a tool that is not async.

        What goes wrong is told to the model too. Only what stops everything is raised, such as
        KeyboardInterrupt.
        """
        try:
            args, named = self.arguments.read(call)
            return answered(call, self._called(args, named))
        except Exception as error:  # noqa: BLE001 - whatever the user's function raises
            return failed(call, error)

    async def arun(self, call: ToolCall) -> ToolResult:
        """Run it without holding up the loop: a coroutine on it, a function in a thread."""
        try:
            args, named = self.arguments.read(call)
            if self.coroutine is not None:
                given = self.coroutine(*args, **named)
                return answered(call, await given if inspect.isawaitable(given) else given)
            return answered(call, await asyncio.to_thread(self._called, args, named))
        except Exception as error:  # noqa: BLE001 - whatever the user's function raises
            return failed(call, error)

    def _called(self, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if self.function is None:
            raise TypeError(f"{self.tool.name} cannot be run here")
        given = self.function(*args, **named)
        if inspect.iscoroutine(given):
            given.close()
            raise TypeError(f"{self.tool.name} returned a coroutine: declare it with `async def`")
        return given


def answered(call: ToolCall, value: Any) -> ToolResult:
    """Return what the model is told of a value that a tool has given."""
    if isinstance(value, ToolResult):
        return ToolResult(call.id, call.name, _clean(value.content), value.error)
    return ToolResult(call.id, call.name, _clean(content(value)))


def failed(call: ToolCall, error: BaseException | str) -> ToolResult:
    """Return what the model is told of a tool that failed, or did not run."""
    return ToolResult(call.id, call.name, redact(_told(error)), error=True)


def _told(error: BaseException | str) -> str:
    """Return an error's kind and words, and its notes; where it happened is nobody's business."""
    if isinstance(error, str | ArgumentsError):
        return str(error)
    notes = getattr(error, "__notes__", ())
    return "\n".join([f"{type(error).__name__}: {error}".removesuffix(": "), *map(str, notes)])


def _clean(given: str | tuple[Given, ...]) -> str | tuple[Given, ...]:
    """Return it without secrets that we know: they would leave for the provider."""
    if isinstance(given, str):
        return without_known(given)
    parts = (replace(p, text=without_known(p.text)) if isinstance(p, Text) else p for p in given)
    return tuple(parts)
