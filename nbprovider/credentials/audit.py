"""The last 500 requests, signed and chained: who was asked, when, for which account, by how much.

An entry is noted before its request is sent. It holds no question and no secret: of the body only
its length, and a signature over provider, model, time and body, by which whoever has the key and
the body can show that it is the one. Every entry is sealed together with the one before it, so that
an entry that was changed, added or taken out is seen; and what the key's file remembers of the
newest entry tells when the newest are gone.

Whoever can read the key's file can forge the list: it convicts a hand without the key, not a
program that runs as the user.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider import config
from nbprovider.credentials.audit_ring import KEPT, Entry, Head, Ring, parsed, seal
from nbprovider.credentials.redaction import redact
from nbprovider.errors import ConfigError, NbproviderError
from nbprovider.types import Command, Ref, Request

_NOBODY = Ref("", "")
_JSON = msgspec.json.Encoder()
_LONGEST = 500
_failed: dict[Path, str] = {}


class Verdict(Struct, frozen=True):
    """The entries, oldest first, and what is wrong with their chain, in words."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]


def note(asked: Request | Command, about: Ref | None) -> None:
    """Note a request that is about to be sent.

    A list that cannot be written stops nobody: `trouble` says so.
    """
    ring = _ring()
    try:
        ring.append(lambda head: _entry(asked, about or _NOBODY, head))
        _failed.pop(_folder(), None)
    except (OSError, ValueError, NotImplementedError, NbproviderError) as error:
        # ValueError: an address that is none; NotImplementedError: a disk that has no locks.
        _failed[_folder()] = str(error)


def trouble() -> str:
    """Return why the last request could not be noted, "" when it was, or there was none."""
    return _failed.get(_folder(), "")


def verified() -> Verdict:
    """Return the last entries, and whether their chain holds; raises ConfigError."""
    try:
        head, lines = _ring().lines()
    except OSError as error:
        raise ConfigError(
            f"The list of requests cannot be read: {error}.",
            hint=f"Check who may read the folder {_folder()}.",
        ) from error
    found = [parsed(line) for line in lines]
    problems = tuple(_problems(head, found))
    return Verdict(tuple(filter(None, found))[-KEPT:], problems)


def is_of(entry: Entry, body: bytes) -> bool:
    """Say whether an entry was made for a request with this body; False without the key."""
    head = _ring().head()
    if head is None:
        return False
    about = Ref(entry.provider, entry.model)
    return hmac.compare_digest(_signature(head.key, about, entry.at, body), entry.signature)


def _folder() -> Path:
    return config.home().data / "vault"


def _ring() -> Ring:
    return Ring(_folder())


def _entry(asked: Request | Command, about: Ref, head: Head) -> Entry:
    method, host, path, body = _told(asked)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    entry = Entry(
        number=head.number + 1,
        at=at,
        provider=about.provider,
        account=about.account,
        model=about.model,
        method=method,
        host=host,
        path=redact(path)[:_LONGEST],
        length=len(body),
        signature=_signature(head.key, about, at, body),
        previous=head.seal,
    )
    return replace(entry, seal=seal(head.key, entry))


def _told(asked: Request | Command) -> tuple[str, str, str, bytes]:
    """Return method, host, path and body of a request."""
    if isinstance(asked, Command):
        return "RUN", Path(asked.argv[0]).name, "", asked.stdin
    url = urlsplit(asked.url)
    return asked.method, url.netloc.rpartition("@")[2], url.path, asked.body


def _signature(key: bytes, about: Ref, at: str, body: bytes) -> str:
    signed = hmac.new(key, _JSON.encode((about.provider, about.model, at)), hashlib.sha256)
    signed.update(body)
    return signed.hexdigest()


def _problems(head: Head | None, found: list[Entry | None]) -> Iterator[str]:
    if head is None:
        if found:
            yield "The key is gone: nothing can be verified."
        return
    before: Entry | None = None
    for line, entry in enumerate(found, 1):
        if entry is None:
            yield f"Line {line} is no entry: it was changed."
            continue
        if not hmac.compare_digest(seal(head.key, entry), entry.seal):
            yield f"Line {line}: entry {entry.number} was changed."
        elif before and (entry.number, entry.previous) != (before.number + 1, before.seal):
            yield f"Between entries {before.number} and {entry.number} something was changed."
        before = entry
    yield from _missing(head, [entry for entry in found if entry])


def _missing(head: Head, entries: list[Entry]) -> Iterator[str]:
    """Yield what is gone from either end of the list."""
    newest = entries[-1].number if entries else 0
    if newest < head.number:
        yield f"The newest entries are missing: {newest + 1} to {head.number}."
    elif newest == head.number and entries and entries[-1].seal != head.seal:
        yield f"Entry {newest} is not the one that was written last."
    if entries and entries[0].number > 1 and len(entries) < KEPT:
        yield f"The oldest entries are missing: those before {entries[0].number}."
