"""Paths into decoded JSON, such as `result.outputs[0].text`: read there, write there."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.errors import ConfigError

Step = str | int


@cache
def steps(path: str) -> tuple[Step, ...]:
    """Return a path's names and list indexes."""
    found = re.findall(r"\[(-?\d+)\]|([^.\[\]]+)", path)
    return tuple(int(index) if index else name for index, name in found)


def at(value: Any, path: str) -> Any:
    """Return what is at the path, None when nothing is, or when the path is ""."""
    if not path:
        return None
    for step in steps(path):
        if isinstance(step, int):
            fits = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if fits else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def put(body: dict[str, Any], path: str, value: Any, provider: Provider) -> None:
    """Write a value at the path, making what leads there; nothing for a path that is "".

    Raises ConfigError, naming the path, where something else is in the way.
    """
    if not path:
        return
    way = steps(path)
    here: Any = body
    for step, following in pairwise(way):
        if not _has(here, step):
            _set(here, step, [] if isinstance(following, int) else {}, path, provider)
        here = here[step]
    _set(here, way[-1], value, path, provider)


def _has(here: Any, step: Step) -> bool:
    if isinstance(here, list):
        return isinstance(step, int) and step < len(here)
    return isinstance(here, dict) and step in here


def _set(here: Any, step: Step, value: Any, path: str, provider: Provider) -> None:
    if isinstance(here, dict) and isinstance(step, str):
        here[step] = value
    elif isinstance(here, list) and step == len(here):
        here.append(value)
    elif isinstance(here, list) and isinstance(step, int) and step < len(here):
        here[step] = value
    else:
        raise _in_the_way(path, provider)


def _in_the_way(path: str, provider: Provider) -> ConfigError:
    return ConfigError(
        f"{provider.key}.toml: the place {path!r} in [proxy.request] cannot be filled: something"
        " else is on its way.",
        hint="Give each part of the request a place of its own.",
    )
