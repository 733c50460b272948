"""A publisher that remembers what was sent, and what a reader sees of it."""

from __future__ import annotations

import json

from nbprovider.view import FORMATS, Final


class Recording:
    """Take what a painter publishes, follow it as a front end does."""

    def __init__(self) -> None:
        self.outputs: dict[str, tuple[dict, dict]] = {}
        self.seen: list[str] = []
        self.sent = 0
        self._clearing = False

    def show(self, bundle, metadata, display_id):
        if self._clearing:
            self.outputs.clear()
            self._clearing = False
        assert display_id not in self.outputs
        self.outputs[display_id] = bundle, metadata
        self._count(bundle, metadata)

    def update(self, bundle, metadata, display_id):
        assert display_id in self.outputs, "an update of nothing is not seen"
        self.outputs[display_id] = bundle, metadata
        self._count(bundle, metadata)

    def clear(self):
        self._clearing = True

    def _count(self, bundle, metadata):
        content = {"data": bundle, "metadata": metadata, "transient": {"display_id": "0" * 32}}
        self.sent += len(json.dumps(content))
        self.seen.append(self.text)

    @property
    def bundles(self):
        return [bundle for bundle, _ in self.outputs.values()]

    @property
    def text(self):
        """The markdown that is to be seen, one output below the other."""
        return "\n\n".join(filter(None, (b.get("text/markdown", "") for b in self.bundles)))


def final(*shown, text="", footer="tiny · 7 → 3 tokens"):
    """Return what remains of a call that said this."""
    said = text or "".join(getattr(part, "text", "") for part in shown)
    return Final(shown, said, FORMATS["markdown"], footer, {"model": "tiny"})
