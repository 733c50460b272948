"""Who to take for what matters most, as data in `choices.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct

from nbprovider import tomlfile

FILE = Path(__file__).with_name("choices.toml")


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """A concern, the provider to pick for it, the model ("" for any), and why."""

    concern: str
    pick: str
    why: str
    model: str = ""

    @property
    def name(self) -> str:
        """What to write on a line: `provider:model`, or the provider alone."""
        return f"{self.pick}:{self.model}" if self.model else self.pick


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    choice: tuple[Choice, ...]


@cache
def choices() -> tuple[Choice, ...]:
    """Return every choice, in the order of the file."""
    return tomlfile.convert(FILE, tomlfile.read(FILE), _File).choice
