"""`{{ expr }}` in a prompt: the notebook's own values, each as a model reads it best."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbprovider.credentials.redaction import without_known
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.session.values import Limits, in_words, parts_of
from nbprovider.spelling import did_you_mean
from nbprovider.types import Media, Text


def interpolate(text: str, names: Mapping[str, Any], limits: Limits | None = None) -> str:
    """Return the text with each `{{ expr }}` replaced by its value in `names`, in words.

    Braces that are not doubled are left alone; keys that we know are taken out of values. Raises
    UsageError, before anything is sent, for an expression that is none, that fails, or that names
    what is not there.
    """
    pieces: list[str] = []
    rest = 0
    for start, end, source in _expressions(text):
        pieces += [text[rest:start], without_known(in_words(value(source, names), limits))]
        rest = end
    return "".join([*pieces, text[rest:]])


def filled(
    text: str, names: Mapping[str, Any], limits: Limits | None = None
) -> tuple[str | Media, ...]:
    """Return the text as `interpolate` does, and pictures and files where they stand in it.

    Raises what `interpolate` raises, and UsageError for a picture that cannot be drawn.
    """
    pieces: list[str | Media] = []
    rest = 0
    for start, end, source in _expressions(text):
        given = parts_of(value(source, names), limits)
        words = (without_known(p.text) if isinstance(p, Text) else p for p in given)
        pieces += [text[rest:start], *words]
        rest = end
    return tuple(_joined([*pieces, text[rest:]]))


def expressions(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield begin, end and source of each expression that a text has; braces of no use are left."""
    position = 0
    while found := _expression(text, position):
        yield found
        position = found[1]


def value(source: str, names: Mapping[str, Any]) -> Any:
    """Return an expression's value; raises UsageError for one that fails or names nothing."""
    try:
        return eval(source, dict(names))  # noqa: S307 - the user's own code, in their notebook
    except NameError as error:
        name = error.name or str(error)
        meant = did_you_mean(name, [known for known in names if not known.startswith("_")])
        raise UsageError(
            f"{{{{ {source} }}}}: there is no {name!r} in this notebook.",
            hint=meant or "Define it first, or add --raw.",
        ) from None
    except NbproviderError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the user's expression raises
        raise UsageError(
            f"{{{{ {source} }}}} failed: {type(error).__name__}: {error}.",
            hint="Nothing was sent; mend the expression.",
        ) from None


def _expressions(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what `expressions` does; raises UsageError for double braces without one."""
    position = 0
    while (start := text.find("{{", position)) >= 0:
        found = _expression(text, position)
        if found is None or found[0] != start:
            raise UsageError(
                f"{text[start : start + 40]!r} is not a Python expression in double braces.",
                hint="Mend it, or add --raw to send all braces as they stand.",
            )
        yield found
        position = found[1]


def _expression(text: str, position: int) -> tuple[int, int, str] | None:
    """Return the next expression from a position on; its own braces may be doubled too."""
    while (start := text.find("{{", position)) >= 0:
        for closing in re.finditer(r"\}\}", text[start:]):
            end = start + closing.end()
            source = text[start + 2 : end - 2].strip()
            if _is_expression(source):
                return start, end, source
        position = start + 2
    return None


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _joined(pieces: list[str | Media]) -> Iterator[str | Media]:
    """Yield the pieces, words that follow each other as one."""
    words: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            words.append(piece)
            continue
        if text := "".join(words):
            yield text
        words = []
        yield piece
    if text := "".join(words):
        yield text
