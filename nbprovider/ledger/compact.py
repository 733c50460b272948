"""The migration that makes rows small: words that come again are kept once, and named by number.

`attempts` stays what it was to whoever reads, writes or changes it: a view, whose triggers do the
rest. A row takes about half the room, so that a million of them are a file that one can carry.
"""

from __future__ import annotations

import sqlite3

WORDS = (
    *("provider", "account", "model_asked", "model_served", "chat", "notebook", "cell", "purpose"),
    *("role", "finish", "error_kind", "price_list", "route_reason"),
)
"""Columns whose words come again and again."""

_PLAIN = (
    *("call_id", "number", "started_at", "status", "cost_source", "input", "output"),
    *("cache_read", "cache_write", "reasoning", "cost_nano", "first_token_us", "duration_us"),
    *("estimated", "streamed", "over_budget", "request_id", "error", "extra"),
)

_ORDER = (
    *("call_id", "number", "started_at", "provider", "account", "model_asked", "model_served"),
    *("chat", "notebook", "cell", "purpose", "status", "finish", "error_kind", "error", "input"),
    *("output", "cache_read", "cache_write", "reasoning", "estimated", "extra", "cost_nano"),
    *("cost_source", "price_list", "first_token_us", "duration_us", "request_id", "route_reason"),
    *("streamed", "host", "pid", "born", "over_budget", "role"),
)
"""The view's columns, those of the table before in their places."""

_DEFAULTS = {"over_budget": "0", "role": "''"}
"""Columns that came later: who does not name them means this."""

_ROWS = """
CREATE TABLE attempt_rows (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    account INTEGER NOT NULL,
    model_asked INTEGER NOT NULL,
    model_served INTEGER,
    chat INTEGER NOT NULL,
    notebook INTEGER NOT NULL,
    cell INTEGER NOT NULL,
    purpose INTEGER NOT NULL,
    role INTEGER NOT NULL,
    finish INTEGER,
    error_kind INTEGER,
    price_list INTEGER,
    route_reason INTEGER NOT NULL,
    process INTEGER,
    status TEXT NOT NULL,
    cost_source TEXT NOT NULL,
    input INTEGER,
    output INTEGER,
    cache_read INTEGER,
    cache_write INTEGER,
    reasoning INTEGER,
    cost_nano INTEGER,
    first_token_us INTEGER,
    duration_us INTEGER,
    estimated INTEGER NOT NULL,
    streamed INTEGER NOT NULL,
    over_budget INTEGER NOT NULL,
    request_id TEXT,
    error TEXT,
    extra TEXT,
    UNIQUE (call_id, number)
)
"""

_INDEXES = (
    "CREATE INDEX attempts_started_at ON attempt_rows (started_at)",
    "CREATE INDEX attempts_running ON attempt_rows (status) WHERE status = 'running'",
    "CREATE INDEX attempts_again ON attempt_rows (started_at, call_id) WHERE number > 1",
    # What a budget looks at before each attempt.
    "CREATE INDEX attempts_chat ON attempt_rows (chat, cost_nano)",
    "CREATE INDEX attempts_notebook ON attempt_rows (notebook, cost_nano)",
    # All that sums by model are made of: no row has to be read for them.
    """
    CREATE INDEX attempts_sums ON attempt_rows (
        model_asked, cost_source, status, started_at, cost_nano, input, output, cache_read,
        cache_write, reasoning, estimated
    )
    """,
)


def compact(connection: sqlite3.Connection) -> None:
    """Put a view in place of the table, and small rows below it."""
    for statement in ("settled", "attempts_started_at", "attempts_running"):
        kind = "TRIGGER" if statement == "settled" else "INDEX"
        connection.execute(f"DROP {kind} {statement}")
    connection.execute("ALTER TABLE attempts RENAME TO attempts_before")
    connection.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)")
    connection.execute(
        "CREATE TABLE processes (id INTEGER PRIMARY KEY, host TEXT NOT NULL,"
        " pid INTEGER NOT NULL, born TEXT NOT NULL, UNIQUE (host, pid, born))"
    )
    connection.execute(_ROWS)
    connection.execute(_view())
    for trigger in _triggers():
        connection.execute(trigger)
    named = ", ".join(name for name in ("id", *_ORDER) if name != "role")
    connection.execute(
        f"INSERT INTO attempts ({named}) SELECT {named} FROM attempts_before ORDER BY id"  # noqa: S608 - our own words
    )
    connection.execute("DROP TABLE attempts_before")
    for index in _INDEXES:
        connection.execute(index)


def mend(connection: sqlite3.Connection) -> None:
    """Give the words that rows stand for and that are lost a name: none later takes their place."""
    for name in WORDS:
        connection.execute(
            "INSERT OR IGNORE INTO words (id, word)"  # noqa: S608 - our own words
            f" SELECT DISTINCT {name}, '(lost ' || {name} || ')'"
            f" FROM attempt_rows WHERE {name} NOT NULL AND {name} NOT IN (SELECT id FROM words)"
        )


def _view() -> str:
    columns = ", ".join(f"{_read(name)} AS {name}" for name in ("id", *_ORDER))
    return f"CREATE VIEW attempts AS SELECT {columns} FROM attempt_rows AS t"  # noqa: S608 - our own words


def _read(name: str) -> str:
    if name in WORDS:
        return f"(SELECT word FROM words WHERE words.id = t.{name})"  # noqa: S608 - our own words
    if name in {"host", "pid", "born"}:
        found = f"(SELECT {name} FROM processes WHERE processes.id = t.process)"  # noqa: S608 - our own words
        return found if name == "pid" else f"ifnull({found}, '')"
    return f"t.{name}"


def _triggers() -> tuple[str, ...]:
    written = {name: f"(SELECT id FROM words WHERE word = {_new(name)})" for name in WORDS}  # noqa: S608 - our own words
    written |= {name: _new(name) for name in ("id", *_PLAIN)}
    written["process"] = (
        "(SELECT id FROM processes WHERE host = new.host AND pid = new.pid AND born = new.born)"
    )
    names, values = ", ".join(written), ", ".join(written.values())
    excluded = ", ".join(f"{name} = excluded.{name}" for name in written if name != "id")
    changed = ", ".join(f"{name} = {value}" for name, value in written.items())
    insert = (
        f"INSERT INTO attempt_rows ({names}) VALUES ({values})"  # noqa: S608 - our own words
        f" ON CONFLICT (call_id, number) DO UPDATE SET {excluded};"
    )
    update = f"UPDATE attempt_rows SET {changed} WHERE id = old.id;"  # noqa: S608 - our own words
    settled = "DELETE FROM reservations WHERE call_id = new.call_id AND number = new.number;"
    return (
        _trigger("attempts_insert INSTEAD OF INSERT ON attempts", _learned() + insert),
        _trigger("attempts_update INSTEAD OF UPDATE ON attempts", _learned() + update),
        _trigger(
            "attempts_delete INSTEAD OF DELETE ON attempts",
            "DELETE FROM attempt_rows WHERE id = old.id;",
        ),
        _trigger(
            "settled AFTER UPDATE OF status ON attempt_rows WHEN new.status <> 'running'", settled
        ),
    )


def _trigger(when: str, work: str) -> str:
    return f"CREATE TRIGGER {when} BEGIN {work} END"


def _learned() -> str:
    """Return SQL that keeps the words and the process of a row; not those of before, nor NULL."""
    given = ", ".join(f"({_new(name)})" for name in WORDS)
    return (
        f"INSERT OR IGNORE INTO words (word) VALUES {given};"  # noqa: S608 - our own words
        " INSERT OR IGNORE INTO processes (host, pid, born) VALUES (new.host, new.pid, new.born);"
    )


def _new(name: str) -> str:
    default = _DEFAULTS.get(name)
    return f"ifnull(new.{name}, {default})" if default else f"new.{name}"
