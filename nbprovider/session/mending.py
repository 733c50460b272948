"""An answer that is not of its shape: what is wrong with it, and how it is asked for again."""

from __future__ import annotations

import re

from nbprovider.answer import Answer
from nbprovider.errors import BadAnswer, BadRequest
from nbprovider.shape import Shape
from nbprovider.types import Text

_SCHEMA = re.compile(r"schema|response_format|output_config|json|grammar", re.IGNORECASE)
"""What a provider speaks of that cannot hold a model to a schema, or not to this one."""

AGAIN = (
    "That is not what was asked for: {why}. Answer again, with one JSON value that meets the"
    " schema and nothing else."
)


def refused(error: BadRequest) -> bool:
    """Say whether a provider refused a call for its schema, so that words may do."""
    said = f"{error.message} {error.detail}"
    return type(error) is BadRequest and bool(_SCHEMA.search(said))


def wrong(answer: Answer, shape: Shape) -> str:
    """Return what is wrong with an answer, "" when nothing is or to ask again would not mend it."""
    ended = answer.finish in {"", "stop", "other"}
    if answer.status != "ok" or answer.tool_calls or not ended:
        return ""
    try:
        shape.value(answer.text)
    except BadAnswer as error:
        return error.message.rstrip(".")
    return ""


def again(why: str) -> tuple[Text, ...]:
    """Return what a model is told whose answer was of another shape."""
    return (Text(AGAIN.format(why=why)),)
