"""A key in memory that does not show itself."""

from __future__ import annotations

import threading
from typing import NoReturn, SupportsIndex
from weakref import WeakSet

from nbprovider.errors import MissingKey

MASK = "••••"

_known: WeakSet[Secret] = WeakSet()
_knowing = threading.RLock()  # an interrupt's handler may ask while a Secret is being made


class Secret:
    """Hold a key without showing it: in no repr, string, error, pickle or JSON.

    The value lies in a bytearray that `wipe`, or the end of the object, overwrites. CPython cannot
    promise more: what `reveal` gives out, and what an HTTP client makes of it, are copies.
    White space around the value is a pasting mistake and is dropped.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = _bytes(value)
        with _knowing:
            _known.add(self)

    def reveal(self) -> str:
        """Return the key itself, for a header.

        Raises MissingKey when it was wiped.
        """
        if not self._value:
            raise MissingKey("This key was wiped from memory.", hint="Enter it again.")
        return _text(self._value)

    def wipe(self) -> None:
        """Overwrite the key; it is gone from this object."""
        self._value[:] = bytes(len(self._value))
        self._value.clear()

    def holds(self, value: str) -> bool:
        """Say whether this is the key `value`."""
        return self._value == _bytes(value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A Secret is neither pickled nor copied.")

    def __del__(self) -> None:
        self.wipe()


def known_values() -> list[str]:
    """Return the values of all secrets that are alive, the longest first."""
    with _knowing:
        alive = list(_known)
    values = (_text(secret._value) for secret in alive if secret)  # noqa: SLF001 - the same module
    return sorted(values, key=len, reverse=True)


def _bytes(value: str) -> bytearray:
    # The environment may hold bytes that are no UTF-8: Python carries them as surrogates.
    return bytearray(value.strip().encode(errors="surrogateescape"))


def _text(value: bytearray) -> str:
    return value.decode(errors="surrogateescape")
