"""A sentence that a cell shows as it stands."""

from __future__ import annotations

from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.view.legible import legible


class Note(Struct, frozen=True):
    """Words for the reader; unlike a string, shown without quotes."""

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the words in any front end."""
        words = redact(self.text)
        return {"text/plain": words, "text/markdown": legible(words)}
