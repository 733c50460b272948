"""An answer: what was said, what it took, what it cost."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.errors import UsageError
from nbprovider.shape import Shape
from nbprovider.shape.found import cut_off, whole
from nbprovider.types import Part, Route, ToolCall, Turn, Usage
from nbprovider.view import Footer, markdown, small
from nbprovider.view.words import NANO

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["ok", "interrupted", "failed"]


class Answer(Struct, frozen=True, dict=True):
    """What a model answered; shows itself as its words and a line on what they took.

    - `text`: the words; `thinking`: the reasoning, where it was told
    - `parts`: everything, in order
    - `usage`: tokens of the answer itself
    - `cost`: USD of the whole call, failed attempts included; NaN when no price is known
    - `model`: the model that answered, in the provider's words
    - `first_token`, `duration`: seconds
    - `data`: the value, where a schema was given
    - `steps`: the answers before it that asked for tools; tokens, cost and time are of all together
    """

    turn: Turn
    route: Route
    cost_nano: int | None
    cost_source: str
    first_token: float | None
    duration: float
    status: Status = "ok"
    notes: tuple[str, ...] = ()
    provenance: dict[str, Any] = {}
    steps: tuple[Answer, ...] = ()

    @property
    def shape(self) -> Shape | None:
        """What the answer was to be, None where no schema was given."""
        return self.__dict__.get("_shape")

    def shaped(self, shape: Shape | None) -> Answer:
        """Return the answer as one that was to be of this shape.

        The shape is no field: what is written of an answer has no place for a class.
        """
        made = replace(self)
        made.__dict__["_shape"] = shape
        return made

    @property
    def text(self) -> str:
        """The words of the answer."""
        return self.turn.text

    @cached_property
    def data(self) -> Any:
        """What the words hold, as the schema wants it; None without one, and while tools are asked.

        Raises BadAnswer, which keeps the words, where they are cut off or of another shape.
        """
        if self.shape is None or self.tool_calls:
            return None
        if (self.status != "ok" or self.finish == "length") and not whole(self.text):
            raise cut_off(self.text, self.finish)
        return self.shape.value(self.text)

    def frame(self) -> pd.DataFrame:
        """Return `data` that is a list of records as a DataFrame; each column has its own type.

        Raises BadAnswer as `data` does, and UsageError where there is no list of records.
        """
        if self.shape is None or self.tool_calls:
            raise UsageError("The answer holds no records.", hint="Ask with a schema for a list.")
        return self.shape.frame(self.data)

    @property
    def thinking(self) -> str:
        """The words of the reasoning, "" when none were told."""
        return self.turn.thinking

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that was said, in order."""
        return self.turn.parts

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools that the model asks for."""
        return self.turn.tool_calls

    @property
    def usage(self) -> Usage:
        """The tokens that the answer took."""
        return self.turn.usage

    @property
    def finish(self) -> str:
        """Why the answer ended, in our words; "" when it was stopped."""
        return self.turn.finish or ""

    @property
    def model(self) -> str:
        """The model that answered, in the provider's words."""
        return self.turn.model or self.route.model

    @property
    def cost(self) -> float:
        """USD of the whole call, NaN when no price is known."""
        return math.nan if self.cost_nano is None else self.cost_nano / NANO

    @property
    def footer(self) -> Footer:
        """What is said below the answer."""
        return Footer(
            self.model,
            self.usage,
            self.cost_nano,
            self.cost_source,
            self.first_token,
            self.duration,
            self.notes,
        )

    def markdown(self) -> str:
        """Return the answer as markdown, its footer below."""
        return f"{markdown(self.parts)}\n\n{small(self.footer.text())}".strip()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        words = self.text if len(self.text) <= 60 else f"{self.text[:57]}…"  # noqa: PLR2004
        return f"Answer({words!r}, {self.footer.text()})"

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Show the words and the footer, with where they come from as metadata."""
        plain = f"{self.text}\n\n{self.footer.text()}"
        bundle = {"text/plain": plain, "text/markdown": self.markdown()}
        return bundle, {"nbprovider": self.provenance}


__all__ = ["Answer", "Status"]
