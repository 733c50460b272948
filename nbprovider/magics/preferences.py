"""`%provider config`: every setting with its default, and one of them changed."""

from __future__ import annotations

from nbprovider.errors import UsageError
from nbprovider.session import preferences
from nbprovider.session.preferences import UNSET, Setting
from nbprovider.view import Note, Table

USAGE = "[NAME [VALUE]]"


def run(name: str = "", *value: str) -> Note | Table:
    """Show all settings or one; set one, or reset it where the value is a dash."""
    if not name:
        return preferences.table()
    if not value:
        return preferences.setting(name).table()
    if len(value) > 1:
        raise UsageError(
            f"{name} has one value, not {len(value)}.", hint="A value with spaces needs quotes."
        )
    if value[0] == UNSET:
        changed = preferences.reset(name)
        return Note(f"{name} is as it was by default: {preferences.shown(changed.value)}.")
    return _told(preferences.put(name, value[0]))


def _told(changed: Setting) -> Note:
    words = f"{changed.name} is {preferences.shown(changed.value)} now, from the next cell on."
    if changed.source not in ("default", preferences.FILE):
        words += f" But {changed.source} comes first: unset it."
    return Note(words)
