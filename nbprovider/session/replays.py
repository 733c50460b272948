"""`nbprovider.replay`: how answers are replayed, shown and set."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from msgspec import Struct

from nbprovider.credentials.edge import EDGE
from nbprovider.session.replaying import VARIABLE, Mode, checked, environment
from nbprovider.session.session import Session, current
from nbprovider.view import Table

_TOLD: dict[Mode, str] = {
    "off": "off: providers are asked, nothing is recorded",
    "on": "on: what is recorded is given again, the rest is asked and recorded",
    "only": "only: what is recorded is given again, nothing is sent",
}


class Standing(Struct):
    """How answers are replayed; in a `with` block, for its length.

    - `mode`: off, on or only; `file`: the recordings' whole path
    - `recordings`: how many the file holds; `given`: how many were given or made here
    - `said_by`: who has said the mode
    """

    mode: Mode
    file: str
    recordings: int
    given: int
    said_by: str
    _before: tuple[Mode | None, str] = (None, "")

    def table(self) -> Table:
        """Return all of it, a row each."""
        rows = (
            ("file", self.file),
            ("recordings", f"{self.recordings}, {self.given} of them given or made here"),
            ("said by", self.said_by),
        )
        note = "`%provider replay on|only|off [FILE]` changes it."
        if environment()[0]:
            note = f"{VARIABLE} comes first: unset it to have the notebook say so."
        return Table(("replay", _TOLD[self.mode]), rows, note=note)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current().replay.set(*self._before)

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show it in any front end."""
        return self.table()._repr_mimebundle_()


def replay(mode: str | None = None, file: str | None = None) -> Standing:
    """Set how answers are replayed, return how they are; without arguments nothing is set.

    `mode`: "on" gives recorded answers again, at no cost, asks the rest and records it; "only"
    gives recorded ones and sends nothing; "off". Both begin with the first recordings again.
    `file`: TOML, relative to the kernel's folder; the one before when left out. The variable
    NBPROVIDER_REPLAY comes first, as `only` or `only:FILE`. In a `with` block it lasts for the
    block.

    Raises UsageError for another mode, ConfigError for a file that makes no sense.
    """
    with EDGE:
        session = current()
        before = session.replay.own
        if mode is not None or file is not None:
            said = checked(mode) if mode is not None else before[0]
            session.replay.set(said, before[1] if file is None else str(file))
            if said != "off":
                session.replay.book.begin()
        return _standing(session, before)


def _standing(session: Session, before: tuple[Mode | None, str]) -> Standing:
    replaying = session.replay
    book = replaying.book
    count = len(book.recordings)
    said_by = VARIABLE if environment()[0] else "the notebook" if replaying.own[0] else "settings"
    return Standing(replaying.mode, str(book.path), count, book.given, said_by, before)
