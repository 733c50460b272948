"""`%provider pull`: a model, downloaded by a server of one's own."""

from __future__ import annotations

from nbprovider import catalog
from nbprovider.magics.stopped import Stopped
from nbprovider.pull_flow import SERVICE
from nbprovider.session import current
from nbprovider.types import Route
from nbprovider.ui.bar import Bar
from nbprovider.view import Note

USUAL = "ollama"

STOPPED = "the download is stopped; the next pull of the model goes on from here."


def pull(model: str, account: str = "") -> Note:
    """Have an account's server download a model, show how far it is.

    The account may also stand before the model: `ollama:qwen3:8b`; in `mistral:7b` none does.
    """
    before, _, behind = model.partition(":")
    if not account and behind and _pulls(before):
        account, model = before, behind
    key = catalog.find(account or USUAL).key
    with Bar(f"Downloading {model}") as bar:
        try:
            current().models.pull(Route(key, model, key), bar)
        except KeyboardInterrupt:
            raise Stopped(STOPPED) from None
    return Note(f"{model} is there. Ask it as `%%chat {key}:{model}`.")


def _pulls(name: str) -> bool:
    return catalog.known(name) and SERVICE in catalog.find(name).services
