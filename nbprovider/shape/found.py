"""The JSON value that an answer's words hold."""

from __future__ import annotations

import json
from typing import Any

from nbprovider.errors import BadAnswer
from nbprovider.view.formats import unfenced

MOST = 200
"""Brackets that are tried as a value's beginning: a page of code is not searched for long."""


def found(text: str) -> Any:
    """Return the value that is the whole text, or stands in a fence, or among other words.

    Raises BadAnswer, which keeps the text, when there is none.
    """
    try:
        return json.loads(unfenced(text))
    except (ValueError, RecursionError) as error:
        for value in _among(text):
            return value
        raise BadAnswer(
            f"The answer is not JSON: {error}.",
            hint="It is kept: `%provider last` shows it. Ask again, or use another model.",
            text=text,
        ) from None


def whole(text: str) -> bool:
    """Say whether the whole text, or its fence, is one JSON value."""
    try:
        json.loads(unfenced(text))
    except (ValueError, RecursionError):
        return False
    return True


def cut_off(text: str, finish: str) -> BadAnswer:
    """Return the error of an answer that ended before its JSON did."""
    if finish == "length":
        return BadAnswer(
            "The answer was cut off at the token limit before it was whole.",
            hint="Allow more with --max-tokens; `%provider last` shows what came.",
            text=text,
        )
    return BadAnswer(
        "The answer was stopped before it was whole.",
        hint="`%provider last` shows what came; ask again for all of it.",
        text=text,
    )


def _among(text: str) -> list[Any]:
    """Return the first object or list among words, in a list; an empty one when there is none."""
    decoder = json.JSONDecoder()
    at, tried = 0, 0
    while tried < MOST:
        starts = [place for place in (text.find("{", at), text.find("[", at)) if place >= 0]
        if not starts:
            return []
        at = min(starts)
        try:
            return [decoder.raw_decode(text, at)[0]]
        except RecursionError:
            return []
        except ValueError:
            at, tried = at + 1, tried + 1
    return []
