"""How hard a question looks to `auto`: `nbprovider.explain`."""

from __future__ import annotations

from typing import Unpack

from msgspec import Struct

from nbprovider.routing.difficulty import BORDER, Estimate
from nbprovider.session.planning import ROLE_OF
from nbprovider.session.question import Prompt, Words, question
from nbprovider.session.session import current
from nbprovider.types import Call
from nbprovider.view import Table


class Explanation(Struct, frozen=True):
    """An estimate, and the model it leads to, "" for none; shows itself as a table of features."""

    estimate: Estimate
    model: str

    @property
    def tier(self) -> str:
        """Who would answer: cheap or strong."""
        return self.estimate.tier

    def table(self) -> Table:
        """Return the features that count, the heaviest first, and what they lead to."""
        told = [feature for feature in self.estimate.features if feature.points]
        told.sort(key=lambda feature: -abs(feature.points))
        rows = tuple((f.name, f"{f.value:.3g}", f"{f.points:+.2f}") for f in told)
        total = ("together", "", f"{self.estimate.points:+.2f}")
        role = ROLE_OF[self.estimate.tier]
        whom = self.model or f"no model yet, `%provider role {role} MODEL` names one"
        note = f"{self.tier}: {whom}. From {BORDER:g} points on it is the strong model."
        return Table(("what", "measure", "points"), (*rows, total), note=note)

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the explanation in any front end."""
        return self.table()._repr_mimebundle_()


def explain(prompt: Prompt, **words: Unpack[Words]) -> Explanation:
    """Return how hard a question looks to `auto`, and to which model it would go; nothing is sent.

    Takes the words of `ask`. Raises UsageError for what is no question.
    """
    asked, session = question(prompt, words), current()
    call = Call("", (asked.message,), asked.options, asked.tools, schema=asked.schema)
    estimated = session.planner.estimate(call)
    return Explanation(estimated, session.planner.of_tier(estimated.tier))
