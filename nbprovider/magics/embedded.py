"""`%provider embedded`: the model on this machine."""

from __future__ import annotations

from collections.abc import Callable

from nbprovider import embedded
from nbprovider.embedded.words import told
from nbprovider.errors import UsageError
from nbprovider.magics.replay import needless
from nbprovider.spelling import did_you_mean
from nbprovider.ui.bar import Bar
from nbprovider.view import Note, Table


def run(word: str = "status") -> Table | Note:
    """Install the embedded model, say how it is, or stop its server."""
    if word not in _WORDS:
        hint = did_you_mean(word, _WORDS) or f"There are: {', '.join(_WORDS)}."
        raise UsageError(f"`%provider embedded` does not know {word!r}.", hint=hint)
    return _WORDS[word]()


def _install() -> Note:
    with Bar("Fetching the model") as bar:
        path = embedded.install(bar)
    return Note(f"Installed: {path.name}. Ask with `%%chat embedded`; no key is needed.")


def _status() -> Table:
    rows = told(embedded.status(), "`%provider embedded install`")
    return Table(("embedded model", ""), rows)


def _stop() -> Note:
    ran = embedded.stop()
    how = "is stopped" if ran else "was not running"
    return Note(f"The embedded model's server {how}; the next question starts it.")


_WORDS: dict[str, Callable[[], Table | Note]] = {
    "install": needless(_install),
    "status": _status,
    "stop": _stop,
}
