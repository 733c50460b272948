"""A function's annotations as types that JSON can carry, and what they say of themselves."""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import reduce
from operator import or_
from pathlib import PurePath
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from nbprovider.errors import UsageError

_ALIKE: tuple[Any, ...] = (Iterable, Collection)
"""What a list is given for."""


def hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    """Return a function's annotations by parameter; raises UsageError for a name not known here."""
    try:
        found = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise UsageError(
            f"The tool {name} has an annotation that is not known here: {error}.",
            hint="Define or import it first.",
        ) from None
    except TypeError:  # it carries none
        return {}
    return {parameter: readable(hint) for parameter, hint in found.items()}


def readable(hint: Any) -> Any:
    """Return a type as one that JSON can be read into, where there is one that will do as well.

    A list will do for an iterable, anything for `object`, words for words or a path.
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint is object:
        return Any
    if hint in _ALIKE or origin in _ALIKE:
        return types.GenericAlias(list, readable(args[0])) if args else list
    if origin is Annotated:
        return Annotated[(readable(args[0]), *args[1:])]
    if origin in {Union, types.UnionType}:
        kept = [readable(one) for one in args if not (str in args and _is_path(one))]
        return reduce(or_, kept)
    return hint


def _is_path(hint: Any) -> bool:
    kind = get_origin(hint) or hint
    return isinstance(kind, type) and issubclass(kind, PurePath | os.PathLike)


def descriptions(hint: Any) -> Iterator[str]:
    """Yield what an Annotated type says of itself: texts, and objects with a description."""
    if get_origin(hint) is not Annotated:
        return
    for one in get_args(hint)[1:]:
        said = one if isinstance(one, str) else getattr(one, "description", None)
        said = said or getattr(one, "documentation", None)
        if isinstance(said, str) and said:
            yield said
