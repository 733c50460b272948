"""What remains on screen when a call is over."""

from __future__ import annotations

import html
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.view.blocks import closed
from nbprovider.view.drawn import output, pictures
from nbprovider.view.formats import Format
from nbprovider.view.markdown import settled, small
from nbprovider.view.plain import plain
from nbprovider.view.tool_run import ToolRun
from nbprovider.view.view import Shown

Bundle = dict[str, str]
"""An output by media type."""


class Final(Struct, frozen=True):
    """All that was shown, the words of the answer, its form, its footer, where it comes from."""

    shown: tuple[Shown, ...]
    text: str
    form: Format
    footer: str
    provenance: dict[str, Any]

    def bundle(self) -> Bundle:
        """Return the output that a notebook keeps."""
        return joined(self.body(), self.foot())

    def body(self) -> Bundle:
        """Return the answer without its footer."""
        if self.form.markdown is None:
            return {"text/plain": self.text}
        if self.form.html:
            return {"text/plain": self._plain(), "text/html": self.form.html(self.text)}
        shown = self.form.markdown(self.text) if self.form.value else settled(self.shown)
        return {"text/plain": self._plain(), "text/markdown": closed(shown)}

    def _plain(self) -> str:
        """Return the words, with a line for each tool that ran between them."""
        if self.form.parts:
            return plain(self.shown)
        ran = any(isinstance(item, ToolRun) for item in self.shown)
        return plain(self.shown) if ran and not self.form.value else self.form.plain(self.text)

    def foot(self) -> Bundle:
        """Return the footer alone."""
        told = {"text/plain": self.footer}
        if self.form.html:
            return told | {"text/html": f"<small>{html.escape(self.footer)}</small>"}
        return told if self.form.markdown is None else told | {"text/markdown": small(self.footer)}

    def pictures(self) -> list[Bundle]:
        """Return the pictures of an answer that is asked for as such, each an output of its own."""
        return [output(one) for one in pictures(self.shown)] if self.form.parts else []

    def beside(self) -> Bundle:
        """Return what stands below the pictures: all that is no picture, and the footer."""
        rest = tuple(one for one in self.shown if one not in pictures(self.shown))
        return replace(self, shown=rest).bundle()

    def metadata(self) -> dict[str, Any]:
        """Return the output's metadata: where the answer comes from."""
        return {"nbprovider": self.provenance}


def joined(above: Bundle, below: Bundle) -> Bundle:
    """Return two outputs as one."""
    return {kind: f"{text}\n\n{below[kind]}".strip() for kind, text in above.items()}
