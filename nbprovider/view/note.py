"""A sentence that a cell shows as it stands."""

from __future__ import annotations

from msgspec import Struct


class Note(Struct, frozen=True):
    """Words for the reader; unlike a string, shown without quotes."""

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the words in any front end."""
        return {"text/plain": self.text, "text/markdown": self.text}
