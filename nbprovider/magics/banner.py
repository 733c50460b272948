"""What is said once: that keys could move into the vault, that its protection could be stronger."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nbprovider import config
from nbprovider.credentials import vault
from nbprovider.errors import NbproviderError
from nbprovider.session.moving import movable


def once() -> str:
    """Return what has not been said to this user yet, "" when there is nothing; remember it.

    Where nothing can be remembered, nothing is said: it would be said each time.
    """
    try:
        told = _told()
        fresh = dict(_fresh(told))
        if fresh:
            _remember({*told, *fresh})
    except (NbproviderError, OSError):
        return ""
    return " ".join(fresh.values())


def _fresh(told: set[str]) -> Iterator[tuple[str, str]]:
    for name, look in _LOOKS.items():
        if name not in told and (words := look()):
            yield name, words


def _movable() -> str:
    count = sum(1 for one in movable() if not one.problem)
    if not count:
        return ""
    what = "1 key was" if count == 1 else f"{count} keys were"
    return f"{what} found outside the vault: `%provider migrate` shows where, and can move them."


def _weak() -> str:
    kept = vault()
    if kept.way() != "machine":
        return ""
    return f"The vault is bound to this machine only. {kept.advice()}"


def _told() -> set[str]:
    path = config.home().data / FILE
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


def _remember(names: set[str]) -> None:
    path = config.made(config.home().data) / FILE
    path.write_text("\n".join(sorted(names)), encoding="utf-8")


FILE = "told.txt"
"""In the data folder: the names of what was said."""

_LOOKS: dict[str, Callable[[], str]] = {"keys": _movable, "protection": _weak}
"""Name of what there may be to say → what looks whether there is."""
