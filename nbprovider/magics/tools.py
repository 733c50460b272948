"""What `--tools` names: functions, tools and servers of the notebook, separated by commas."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from inspect import isroutine
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.session.tools import Runnable, runnable
from nbprovider.spelling import did_you_mean
from nbprovider.types import Tool


def named(text: str, names: Mapping[str, Any]) -> list[Runnable]:
    """Return the tools that a line names; each may be any expression that gives one.

    Raises UsageError for a name that there is not, and for what is no tool.
    """
    return [tool for source in _sources(text) for tool in _tools(source, names)]


def _sources(text: str) -> list[str]:
    """Return what stands between the commas; commas in brackets belong to what is in them."""
    try:
        parsed = ast.parse(f"({text.strip().strip(',')},)", mode="eval").body
    except SyntaxError:
        raise UsageError(
            f"--tools cannot be {text!r}.", hint="As: --tools weather,search"
        ) from None
    if not isinstance(parsed, ast.Tuple) or not parsed.elts:
        raise UsageError("--tools names nothing.", hint="As: --tools weather,search")
    return [ast.unparse(one) for one in parsed.elts]


def _tools(source: str, names: Mapping[str, Any]) -> tuple[Runnable, ...]:
    value = _value(source, names)
    try:
        return runnable(value)
    except UsageError as error:
        if callable(value) and not isinstance(value, type):
            raise
        raise UsageError(
            f"--tools needs tools; {source} is a {type(value).__name__}.", hint=error.hint
        ) from None


def _value(source: str, names: Mapping[str, Any]) -> Any:
    try:
        return eval(source, dict(names))  # noqa: S307 - the user's own words, in their notebook
    except NameError as error:
        name = error.name or source
        meant = did_you_mean(name, [known for known in names if not known.startswith("_")])
        raise UsageError(
            f"There is no {name!r} in this notebook.", hint=meant or "Define it first."
        ) from None
    except Exception as error:  # noqa: BLE001 - whatever the user's expression raises
        raise UsageError(
            f"--tools {source} failed: {type(error).__name__}: {error}.",
            hint="Give variables that hold functions or tools.",
        ) from None


def candidates() -> list[str]:
    """Return the names of the notebook's own functions, tools and servers."""
    from IPython import get_ipython

    shell = get_ipython()
    names: Mapping[str, Any] = shell.user_ns if shell else {}
    return [name for name, value in names.items() if not name.startswith("_") and _is_own(value)]


def _is_own(value: Any) -> bool:
    """Say whether a variable is likely to be meant: what is imported is there by other names."""
    server = sys.modules.get("nbprovider.session.tools.servers")
    if isinstance(value, Tool | Runnable) or (server and isinstance(value, server.Server)):
        return True
    return isroutine(value) and getattr(value, "__module__", "") == "__main__"
