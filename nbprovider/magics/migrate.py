"""`%provider migrate`: keys that lie elsewhere, shown first, moved into the vault when asked."""

from __future__ import annotations

from nbprovider.errors import UsageError
from nbprovider.session.entry import address
from nbprovider.session.moving import Movable, movable, move
from nbprovider.view import Note, Table

ALL = "all"

USAGE = "[NAME …]"


def run(*names: str) -> Table | Note:
    """Show the keys that were found outside the vault; move those that are named, or all."""
    if not names:
        return _found()
    if ALL in names and len(names) > 1:
        raise UsageError(
            "`all` names every key already.", hint=f"It is used so: %provider migrate {USAGE}."
        )
    return _moved(move(() if names == (ALL,) else names))


def _found() -> Table | Note:
    found = movable()
    if not found:
        return Note("No key was found that the vault does not have.")
    rows = tuple((one.name, one.where, address(one.account), _remark(one)) for one in found)
    return Table(
        ("would become", "found in", "goes to", ""),
        rows,
        title="Keys outside the vault; nothing is changed yet",
        note="`%provider migrate all`, or `%provider migrate NAME …`, copies them into the vault."
        " What has them now stays as it is.",
    )


def _remark(one: Movable) -> str:
    if one.problem:
        return f"cannot be moved: {one.problem}"
    return f"only by its name: {one.doubt}" if one.doubt else ""


def _moved(moved: tuple[Movable, ...]) -> Table | Note:
    if not moved:
        return Note("There was no key to move that is beyond doubt.")
    return Table(
        ("account", "its key is also in"),
        tuple((one.name, one.where) for one in moved),
        title="In the vault now",
        note="Nothing was deleted. You may delete these places by hand; as long as a variable of"
        " the environment is set, it comes before the vault.",
    )
