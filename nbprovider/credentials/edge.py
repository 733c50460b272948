"""The edge to the user: no error takes frames along whose variables hold a key.

`%debug`, `%tb`, a verbose traceback and `sys.last_exc` show the variables of every frame that an
error has passed. What remains of it here are the user's own frames.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from types import TracebackType
from typing import ParamSpec, TypeVar

from nbprovider.credentials.redaction import redact
from nbprovider.errors import NbproviderError, NoRoute

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

ORDERLY = (NbproviderError, KeyboardInterrupt, StopIteration, StopAsyncIteration, GeneratorExit)
"""What is no mistake of ours, and needs no traceback to be understood."""


class Edge:
    """A `with` block that errors leave without the frames and errors below it.

    An NbproviderError says all in its words. Any other Exception is a mistake of ours, or of code
    that was handed to us: it takes its traceback along as a note, without secrets.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin; nothing is kept."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut what leaves; it goes on."""
        if error is None:
            return
        if isinstance(error, Exception) and not isinstance(error, ORDERLY):
            told = redact("".join(traceback.format_exception(error)).rstrip())
            error.args = tuple(redact(a) if isinstance(a, str) else a for a in error.args)
            error.add_note(f"What happened inside, without secrets:\n{told}")
        cut(error)


EDGE = Edge()
"""The one that all use: it remembers nothing."""


def cut(error: BaseException) -> None:
    """Take its traceback, and the errors that led to it, from an error and from all it holds."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    held = error.errors if isinstance(error, NoRoute) else ()
    for _, other in held:
        cut(other)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            cut(one)


def edged(kind: type[T]) -> type[T]:
    """Put every public method of a class at the edge."""
    for name, function in list(vars(kind).items()):
        if not name.startswith("_") and isfunction(function):
            setattr(kind, name, _at_edge(function))
    return kind


def _at_edge(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def called(*args: P.args, **more: P.kwargs) -> R:
        with EDGE:
            return function(*args, **more)

    return called
