"""Find words in what was said, by SQLite's full-text index where it has one (FTS5).

The index is brought up to date by the search itself: writing an answer never waits for it, and a
file that was written without FTS5 is searched by it all the same.
"""

from __future__ import annotations

import re
import sqlite3
from functools import partial

from msgspec import Struct

from nbprovider.ledger.store import Ledger

MOST = 50
"""Turns that a search returns."""

AROUND = 60
"""Characters before and after a word that are shown."""

INDEX = "turn_words"

_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no spaces between words: the index knows no words in them."""


class Hit(Struct, frozen=True):
    """A turn that holds the words; `text` is what stands around the first of them.

    `at`: microseconds since 1970, UTC.
    """

    chat: str
    number: int
    role: str
    at: int
    text: str


class Found(Struct, frozen=True):
    """What a search found, the best first; `note` says what was not as it should be."""

    hits: tuple[Hit, ...]
    note: str = ""


def search(ledger: Ledger, words: str, most: int = MOST) -> Found:
    """Return the turns of chats in use that hold all the words, also as beginnings of words.

    Any text will do: no character means anything but itself.
    """
    wanted = words.encode("utf-8", "replace").decode().replace("\0", " ").split()
    if not wanted:
        return Found(())
    return ledger.maintain(partial(_searched, wanted=wanted, most=most))


def _searched(connection: sqlite3.Connection, wanted: list[str], most: int) -> Found:
    if not any(map(_is_indexed, wanted)):
        return Found(_looked(connection, wanted, most))
    why = ""
    for ready in (_index, _index_anew):
        try:
            ready(connection)
            return Found(_matched(connection, wanted, most))
        except sqlite3.DatabaseError as error:
            why = str(error)
    note = f"SQLite's full-text index cannot be used ({why}): every turn was read instead."
    return Found(_looked(connection, wanted, most), note)


def _index(connection: sqlite3.Connection) -> None:
    """Take new turns into the index; raises sqlite3.DatabaseError where there can be none."""
    if _is_current(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(words, content = 'turns',"
            " content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2')"
        )
        connection.execute(
            f"INSERT INTO {INDEX} (rowid, words) SELECT id, words FROM turns"  # noqa: S608 - our own words
            f" WHERE id > (SELECT ifnull(max(id), 0) FROM {INDEX}_docsize)"
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_current(connection: sqlite3.Connection) -> bool:
    newest = "SELECT ifnull(max(id), 0) FROM"
    try:
        rows = connection.execute(f"SELECT ({newest} turns) <= ({newest} {INDEX}_docsize)")
    except sqlite3.OperationalError:  # there is no index yet
        return False
    return bool(rows.fetchone()[0])


def _index_anew(connection: sqlite3.Connection) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {INDEX}")
    _index(connection)


def _matched(connection: sqlite3.Connection, wanted: list[str], most: int) -> tuple[Hit, ...]:
    phrases = ('"' + word.replace('"', '""') + '"*' for word in wanted if _is_indexed(word))
    read, likes = _reading([word for word in wanted if not _is_plain(word)])
    rows = connection.execute(
        "SELECT chats.name, number, role, said_at,"  # noqa: S608 - our own words
        f" snippet({INDEX}, 0, '', '', '…', 24) FROM {INDEX}"
        f" JOIN turns ON turns.id = {INDEX}.rowid JOIN chats ON chats.id = turns.chat"
        f" WHERE {INDEX} MATCH ? AND deleted_at IS NULL{read} ORDER BY rank LIMIT ?",
        (" ".join(phrases), *likes, most),
    )
    return tuple(
        Hit(chat, number, role, at, " ".join(text.split())) for chat, number, role, at, text in rows
    )


def _looked(connection: sqlite3.Connection, wanted: list[str], most: int) -> tuple[Hit, ...]:
    """Read every turn, the newest first."""
    read, likes = _reading(wanted)
    rows = connection.execute(
        "SELECT chats.name, number, role, said_at, words FROM turns"  # noqa: S608 - our own words
        f" JOIN chats ON chats.id = turns.chat WHERE deleted_at IS NULL{read}"
        " ORDER BY turns.id DESC LIMIT ?",
        (*likes, most),
    )
    return tuple(
        Hit(chat, number, role, at, _around(words, wanted[0]))
        for chat, number, role, at, words in rows
    )


def _reading(words: list[str]) -> tuple[str, list[str]]:
    """Return SQL, and its values, that keeps the turns in which all the words stand literally."""
    escaped = (re.sub(r"([\\%_])", r"\\\1", word) for word in words)
    condition = " AND turns.words LIKE ? ESCAPE '\\'" * len(words)
    return condition, [f"%{word}%" for word in escaped]


def _is_indexed(word: str) -> bool:
    """Say whether the index can help to find a word."""
    return any(letter.isalnum() for letter in word) and not _WITHOUT_SPACES.search(word)


def _is_plain(word: str) -> bool:
    """Say whether the index finds exactly this word: to it, signs only stand between words."""
    return word.isalnum() and _is_indexed(word)


def _around(text: str, word: str) -> str:
    """Return what stands around a word, in one line."""
    at = max(0, text.lower().find(word.lower()))
    begin, end = max(0, at - AROUND), at + len(word) + AROUND
    inside = " ".join(text[begin:end].split())
    return f"{'…' * (begin > 0)}{inside}{'…' * (end < len(text))}"
