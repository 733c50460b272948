"""May this tool run? Whoever sits at the notebook is asked, where the tool wants that."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from nbprovider import config
from nbprovider.credentials import redact
from nbprovider.session.tools.runnable import Runnable, failed
from nbprovider.types import ToolCall, ToolResult

REFUSED = "The user does not want {name} to run."
NEVER = "{name} may not run here: the user has switched it off. Go on without it."
NOBODY = "{name} needs the user's consent, and nobody can be asked here. Go on without it."

LONGEST = 10_000
"""Characters of arguments that are shown before somebody consents."""

PAUSES: list[Callable[[], AbstractContextManager[None]]] = []
"""What has to stand still while somebody types: a painter that owns the terminal's lowest lines."""


def approved(call: ToolCall, runnable: Runnable) -> ToolResult | None:
    """Return None when the tool may run, else what the model is told instead.

    Where the tool's approval is "ask", this waits for an answer in the cell: y runs it, n or
    nothing refuses it, other words refuse it and are told to the model. Where nobody can be asked,
    as in a notebook that runs by itself or beside the main thread, it is refused.
    """
    match runnable.approval or config.settings().approve:
        case "always":
            return None
        case "never":
            return failed(call, NEVER.format(name=call.name))
        case _:
            return _asked(call)


def _asked(call: ToolCall) -> ToolResult | None:
    if threading.current_thread() is not threading.main_thread():
        return failed(call, NOBODY.format(name=call.name))
    try:
        with ExitStack() as stack:
            for pause in tuple(PAUSES):
                stack.enter_context(pause())
            said = input(question(call)).strip()
    # A kernel whose front end cannot ask raises a NotImplementedError of IPython's.
    except (NotImplementedError, EOFError, OSError, RuntimeError):
        return failed(call, NOBODY.format(name=call.name))
    if said.lower() in {"y", "yes"}:
        return None
    refused = REFUSED.format(name=call.name)
    why = "" if said.lower() in {"", "n", "no"} else f" They say: {said}"
    return failed(call, refused + why)


def question(call: ToolCall) -> str:
    """Return what is asked: the tool, all its arguments as they are, and what can be answered."""
    return (
        f"The model wants to run {_seen(call.name)}({_seen(redact(_arguments(call)))})\n"
        "y: run it, n: do not, or write what the model should do instead: "
    )


def _arguments(call: ToolCall) -> str:
    try:
        told = json.loads(call.arguments or "{}")
    except ValueError:
        return call.arguments
    if not isinstance(told, dict):
        return call.arguments
    return ", ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in told.items())


def _seen(words: str) -> str:
    """Return words with nothing in them that hides or moves others, and their length told."""
    clean = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)
    if len(clean) <= LONGEST:
        return clean
    return f"{clean[:LONGEST]} … and {len(clean) - LONGEST:,} characters more that are not shown"
