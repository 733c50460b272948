"""What remains on screen when a call is over."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from nbprovider.view.formats import Format
from nbprovider.view.markdown import markdown
from nbprovider.view.view import Shown


class Final(Struct, frozen=True):
    """All that was shown, the words of the answer, its form, its footer, where it comes from."""

    shown: tuple[Shown, ...]
    text: str
    form: Format
    footer: str
    provenance: dict[str, Any]

    def bundle(self) -> dict[str, str]:
        """Return the output that a notebook keeps, by media type."""
        plain = f"{self.text}\n\n{self.footer}".strip()
        if self.form.markdown is None:
            return {"text/plain": plain}
        body = self.form.markdown(self.text) if self.form.value else markdown(self.shown)
        return {"text/plain": plain, "text/markdown": f"{body}\n\n<small>{self.footer}</small>"}

    def metadata(self) -> dict[str, Any]:
        """Return the output's metadata: where the answer comes from."""
        return {"nbprovider": self.provenance}
