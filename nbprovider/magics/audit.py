"""`%provider audit`: the requests that were sent, and whether their chain holds."""

from __future__ import annotations

from nbprovider.credentials import audit
from nbprovider.credentials.audit import Verdict
from nbprovider.credentials.audit_ring import Entry
from nbprovider.errors import UsageError
from nbprovider.view import Note, Table

SHOWN = 20
"""Entries that are shown when no number is given."""


def run(word: str = "") -> Table | Note:
    """Return the last requests, or with `verify` what is wrong with their chain.

    Raises UsageError for another word, ConfigError when the list cannot be read.
    """
    if word == "verify":
        return _verdict(audit.verified())
    if word and not (word.isdecimal() and int(word)):
        raise UsageError(
            f"`%provider audit` does not know {word!r}.",
            hint="Give it a number of requests, or `verify`.",
        )
    return _table(audit.verified(), int(word or SHOWN))


def _verdict(found: Verdict) -> Table | Note:
    if found.problems:
        rows = tuple((problem,) for problem in found.problems)
        return Table(("what is wrong",), rows, title="The chain of requests does not hold")
    return Note(_whole(found.entries))


def _whole(entries: tuple[Entry, ...]) -> str:
    if not entries:
        return "No request was noted yet."
    first, last = entries[0], entries[-1]
    return (
        f"The chain holds: {len(entries)} requests, numbers {first.number} to {last.number},"
        f" since {first.at[:19]} UTC."
    )


def _table(found: Verdict, number: int) -> Table:
    rows = tuple(_row(entry) for entry in found.entries[-number:])
    wrong = "The chain does not hold: `%provider audit verify` says where."
    note = wrong if found.problems else _whole(found.entries)
    return Table(("number", "UTC", "account", "model", "request", "bytes"), rows, note=note)


def _row(entry: Entry) -> tuple[str, ...]:
    request = f"{entry.method} {entry.host}{entry.path}"
    account = entry.account or entry.provider
    return str(entry.number), entry.at[:19], account, entry.model, request, str(entry.length)
