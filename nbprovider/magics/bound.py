"""What `--out` binds: the answer, or the value that its form makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbprovider.errors import BadAnswer
from nbprovider.shape.found import cut_off

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.view import Format


def bound(answer: Answer, form: Format) -> Any:
    """Return the value of an answer; a list of records is a DataFrame.

    A model that asks for a tool has not answered yet: that is bound as it stands. Raises BadAnswer
    for an answer that is not of its form.
    """
    if form.parts is not None and not answer.tool_calls:
        return form.parts(answer.parts)
    if form.value is None or answer.tool_calls:
        return answer
    if form.json and answer.shape is not None:
        return answer.frame() if answer.shape.tabular else answer.data
    try:
        return form.value(answer.text)
    except BadAnswer:
        if answer.finish != "length":
            raise
        raise cut_off(answer.text, answer.finish) from None
