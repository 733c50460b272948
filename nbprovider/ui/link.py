"""A link to be followed once: shown while it counts, replaced by words afterwards."""

from __future__ import annotations

from typing import Any

from nbprovider.view import escaped

WEB = ("https://", "http://")


class Link:
    """Show a link, in a notebook to click on, elsewhere to copy; `leave` puts words in its place.

    A saved notebook then keeps no link that is used up.
    """

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, label: str, url: str, words: str) -> None:
        """Show the link with words below it; an address that is no web page is not clickable."""
        safe = url.startswith(WEB) and not set(url) & set("<>\n")
        linked = f"[{escaped(label)}](<{url}>)" if safe else escaped(url)
        self._put(
            {"text/plain": f"{label}: {url}\n{words}", "text/markdown": f"{linked}\n\n{words}"}
        )

    def leave(self, words: str) -> None:
        """Show words in place of the link."""
        self._put({"text/plain": words, "text/markdown": words})

    def _put(self, bundle: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)
