"""From a function, or whatever else is given as a tool, to tools that can be run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar, get_args, overload

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.errors import UsageError
from nbprovider.session.tools import docstring, schema
from nbprovider.session.tools.runnable import Approval, Runnable
from nbprovider.types import Tool

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_MARK = "__nbprovider_tool__"


class Marked(Struct, frozen=True):
    """What `tool` says of a function; "" leaves it to the function itself."""

    name: str = ""
    description: str = ""
    approval: Approval | Literal[""] = ""


@overload
def tool(function: F, /) -> F: ...


@overload
def tool(
    *, name: str = "", description: str = "", approval: Approval | Literal[""] = ""
) -> Callable[[F], F]: ...


def tool(
    function: F | None = None,
    /,
    *,
    name: str = "",
    description: str = "",
    approval: Approval | Literal[""] = "",
) -> F | Callable[[F], F]:
    """Mark a function as a tool: `@tool`, or `@tool(name=…, description=…, approval="ask")`.

    It stays the function that it is. Any function can be given as a tool; the mark is for one whose
    name, words or approval are to be others than it says itself, and to see early what is wrong
    with it. Raises UsageError for one that no model can call.
    """
    if approval:
        check_approval(approval)
    if function is None:
        return lambda given: _marked(given, Marked(name, description, approval))
    return _marked(function, Marked(name, description, approval))


def _marked(function: F, mark: Marked) -> F:
    _named(function, mark)
    try:
        setattr(function, _MARK, mark)
    except AttributeError:
        raise UsageError(
            f"{function!r} cannot be marked as a tool.", hint="Mark a function of your own."
        ) from None
    return function


def runnable(given: object) -> tuple[Runnable, ...]:
    """Return the tools that are meant: of a function, a Tool, a server, or several of these.

    A `Tool` is declared only: it is not run here. Raises UsageError for what is no tool.
    """
    if isinstance(given, Runnable):
        return (given,)
    if isinstance(given, Tool):
        return (Runnable(given),)
    if callable(given) and not isinstance(given, type):
        return (_made(given),)
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | dict):
        return tuple(one for each in given for one in runnable(each))
    raise UsageError(
        f"A tool cannot be {type(given).__name__!r}.",
        hint="Give a function, nbprovider.mcp(…), nbprovider.Tool(…), or a list of them.",
    )


def chosen(given: object, approve: str | None = None) -> tuple[Runnable, ...]:
    """Return the tools of one question, each once, with the approval that is asked for it.

    `approve` comes before what a tool says itself, except that one that may never run stays so.
    Raises UsageError for what is no tool, two of the same name, or an approval that there is not.
    """
    if approve is not None:
        check_approval(approve)
    found: dict[str, Runnable] = {}
    for one in runnable(given):
        if _meant(found.setdefault(one.tool.name, one)) != _meant(one):
            raise UsageError(
                f"Two tools are called {one.tool.name!r}.",
                hint='Give one another name: nbprovider.tool(name="…").',
            )
    return tuple(_approved(one, approve) for one in found.values())


def check_approval(approval: str) -> None:
    """Raise UsageError for a word that is no approval."""
    if approval not in get_args(Approval):
        known = ", ".join(get_args(Approval))
        raise UsageError(f"There is no approval {approval!r}.", hint=f"There are: {known}.")


def _approved(one: Runnable, approve: str | None) -> Runnable:
    if approve is None or one.approval == "never":
        return one
    return replace(one, approval=approve)


def _meant(one: Runnable) -> tuple[object, ...]:
    return one.tool, one.function, one.coroutine


def _made(function: Callable[..., Any]) -> Runnable:
    mark: Marked = getattr(function, _MARK, Marked())
    name = _named(function, mark)
    told = docstring.told(_docstring(function))
    takes, arguments = schema.parameters(function, name, told.parameters)
    words = mark.description or told.description or name.replace("_", " ")
    declared = Tool(name, words, takes)
    if _is_async(function):
        return Runnable(declared, None, function, arguments, mark.approval)
    return Runnable(declared, function, None, arguments, mark.approval)


def _named(function: Callable[..., Any], mark: Marked) -> str:
    name: str = mark.name or getattr(schema.plain(function), "__name__", "")
    name = type(function).__name__ if name == "__call__" else name
    if not callable(function) or not _NAME.fullmatch(name):
        raise UsageError(
            f"{name or function!r} cannot be a tool's name.",
            hint='Give one of letters, digits and _: nbprovider.tool(name="…")(function).',
        )
    return name


def _docstring(function: Callable[..., Any]) -> str | None:
    """Return the words of a function; of a partial one, or an object that is called, its own."""
    plain = schema.plain(function)
    if getattr(plain, "__name__", "") == "__call__":
        return plain.__doc__ or type(function).__doc__
    return plain.__doc__


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(schema.plain(function))
