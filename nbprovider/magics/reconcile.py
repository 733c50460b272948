"""`%provider reconcile`: the ledger beside a provider's own export."""

from __future__ import annotations

from typing import Any

from nbprovider.magics.options import Option, parse_words
from nbprovider.session import reconciling
from nbprovider.view import Note

USAGE = "FILE [FILE …] [-p NAME]"

OPTIONS = (
    Option(("-p", "--provider"), "NAME", "whose calls, if not of that whose export it is"),
    Option(("--account",), "NAME", "only the calls of this account"),
)


def run(*words: str) -> Any:
    """Return both sides by day and model as a DataFrame, and say in a sentence how they stand."""
    from IPython.display import display

    from nbprovider.ledger import frames

    line = parse_words(words, OPTIONS)
    compared = reconciling.compare(line.words, line.get("provider", ""), line.get("account", ""))
    said = " ".join((reconciling.told(compared), *compared.notes))
    display(Note(said))  # type: ignore[no-untyped-call]
    return frames.reconciled(compared.pairs)
