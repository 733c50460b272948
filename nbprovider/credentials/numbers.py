"""Read a host that is an address and not a name, in whatever way somebody's resolver takes it."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import unquote

Number = ipaddress.IPv4Address | ipaddress.IPv6Address

_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MOST_PARTS = 4
_LONGEST = 64


def normal(host: str) -> str:
    """Return a host as a lenient reader would: decoded, in plain letters, without brackets.

    Percent signs are decoded, full-width and circled letters made plain, what is not seen left out,
    and the dot at the end, which only says that the name is whole.
    """
    while (decoded := unquote(host)) != host:
        host = decoded
    seen = (c for c in host if unicodedata.category(c) != "Cf")
    plain = unicodedata.normalize("NFKC", "".join(seen)).replace("\u3002", ".")
    return plain.lower().removeprefix("[").removesuffix("]").removesuffix(".")


def read(host: str) -> Number | None:
    """Return the address that a host is, None for a name.

    Decimal, octal, hexadecimal, and with less than four parts, as `inet_aton` of the C library; a
    zone is left out. Raises ValueError for what ends in a number and is no address: no name does.
    """
    plain = normal(host)
    if ":" in plain:
        return ipaddress.IPv6Address(plain.partition("%")[0])
    parts = plain.split(".")
    if not _NUMERIC.fullmatch(parts[-1]):
        return None
    return ipaddress.IPv4Address(_together(parts))


def _together(parts: list[str]) -> int:
    """Return the number of dotted parts: the last one fills what the others leave."""
    values = [_value(part) for part in parts]
    last = 256 ** (_MOST_PARTS + 1 - len(parts)) if len(parts) <= _MOST_PARTS else 0
    if values[-1] >= last or any(value > 255 for value in values[:-1]):  # noqa: PLR2004 - a byte
        raise ValueError("its host ends in a number, and is no address")
    whole = values[-1]
    for place, value in enumerate(values[:-1]):
        whole += value << (24 - 8 * place)
    return whole


def _value(part: str) -> int:
    if not _NUMERIC.fullmatch(part) or len(part) > _LONGEST:
        raise ValueError("its host ends in a number, and is no address")
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if part.startswith("0") and not re.fullmatch("[0-7]+", part):
        raise ValueError("its host ends in a number, and is no address")
    return int(part, 8 if part.startswith("0") else 10)
