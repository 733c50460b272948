"""How much of a table is told."""

from __future__ import annotations

from msgspec import Struct

from nbprovider import config


class Limits(Struct, frozen=True):
    """Rows and columns of a table, and values of a column or an array, that are told."""

    rows: int = 10
    columns: int = 30

    @classmethod
    def usual(cls, rows: int | None = None) -> Limits:
        """Return the limits of settings.toml, with other rows where they are given."""
        settings = config.settings()
        return cls(settings.prompt_rows if rows is None else rows, settings.prompt_columns)
