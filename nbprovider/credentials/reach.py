"""Which addresses may be spoken to: judged as text, and again as what a name resolves to.

Never, whoever says so: link-local addresses, the metadata services of clouds, which hand
credentials to whoever asks, and what is no single machine. This computer and private networks:
where the host as it is written says that it is meant, or `private_hosts` in settings.toml names it.
A public name that leads there may be somebody's trick (DNS rebinding).

Sources: the registries of RFC 6890; RFC 6052 and 8215 (NAT64), 3056 (6to4), 4380 (Teredo), 4291
(mapped and compatible), 7915 (translated); the clouds' own pages on their metadata services.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from nbprovider.credentials import numbers
from nbprovider.credentials.numbers import Number
from nbprovider.errors import UnsafeAddress

_METADATA = "the metadata service of a cloud"

_FORBIDDEN = tuple(
    (ipaddress.ip_network(network), why)
    for network, why in {
        "169.254.169.254/32": _METADATA,
        "169.254.170.2/32": _METADATA,
        "169.254.170.23/32": _METADATA,
        "100.100.100.200/32": _METADATA,  # Alibaba
        "192.0.0.192/32": _METADATA,  # Oracle
        "168.63.129.16/32": _METADATA,  # Azure's wire server
        "fd00:ec2::254/128": _METADATA,  # Amazon
        "fd00:ec2::23/128": _METADATA,  # Amazon's pods
        "fd20:ce::254/128": _METADATA,  # Google
        "169.254.0.0/16": "link-local",
        "fe80::/10": "link-local",
        "0.0.0.0/8": "no address of a machine",
        "::/128": "no address of a machine",
        "255.255.255.255/32": "everybody at once (broadcast)",
        "224.0.0.0/4": "many at once (multicast)",
        "ff00::/8": "many at once (multicast)",
        "240.0.0.0/4": "reserved",
    }.items()
)
_METADATA_NAMES = ("metadata.google.internal", "metadata.goog", "instance-data.ec2.internal")
_LOCAL_NAMES = (".localhost", ".local", ".lan", ".internal", ".home.arpa", ".test")

_IPV4_IN_THE_END = tuple(
    ipaddress.IPv6Network(network)
    for network in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_LOOPBACK = ipaddress.IPv6Address("::1")


def forbidden(number: Number) -> str:
    """Return what a forbidden address is, "" for one that may be spoken to."""
    for one in (number, *_carried(number)):
        for network, why in _FORBIDDEN:
            if one.version == network.version and one in network:
                return why
    return ""


def is_internal(number: Number) -> bool:
    """Say whether an address is this machine's, or one that is not routed in the internet."""
    return any(not one.is_global for one in _carried(number) or (number,))


def is_local_name(host: str, private: Iterable[str] = ()) -> bool:
    """Say whether a host is written so that this machine or a private network is meant.

    A name without a dot, such as a container's, is; and what `private` lists, where `*.` at the
    beginning stands for every name below.
    """
    name = numbers.normal(host)
    if "." not in name or name.endswith(_LOCAL_NAMES):
        return True
    return any(_matches(name, numbers.normal(entry)) for entry in private)


def refuse_text(host: str) -> None:
    """Raise UnsafeAddress for a host that is forbidden by what it says, in any spelling."""
    if numbers.normal(host) in _METADATA_NAMES:
        raise _unsafe(host, _METADATA)
    try:
        number = numbers.read(host)
    except ValueError:
        return
    why = forbidden(number) if number else ""
    if why:
        raise _unsafe(host if host == str(number) else f"{host} ({number})", why)


def reachable(host: str, found: Iterable[str], private: Iterable[str] = ()) -> list[str]:
    """Return those of the addresses that a host resolved to which may be spoken to, in order.

    Raises UnsafeAddress when there are some, and none of them may be.
    """
    meant = _is_meant(host, private)
    good: list[str] = []
    refusal: UnsafeAddress | None = None
    for text in dict.fromkeys(found):
        number = ipaddress.ip_address(text.partition("%")[0])
        if why := forbidden(number):
            refusal = refusal or _unsafe(_led(host, text), why)
        elif is_internal(number) and not meant:
            refusal = refusal or _rebound(host, text)
        else:
            good.append(text)
    if refusal and not good:
        raise refusal
    return good


def reachable_plainly(host: str, found: Iterable[str], private: Iterable[str] = ()) -> list[str]:
    """Return what `reachable` does, without the public addresses: plain http is read on the way.

    Raises UnsafeAddress when there are some, and none of them may be spoken to.
    """
    good = reachable(host, found, private)
    inside = [text for text in good if is_internal(ipaddress.ip_address(text))]
    if good and not inside:
        raise UnsafeAddress(
            f"{_led(host, good[0])} is a public address: by plain http, what is sent there could be"
            " read on the way.",
            hint="Write the base URL with https://.",
        )
    return inside


def _is_meant(host: str, private: Iterable[str]) -> bool:
    """Say whether a host speaks for itself: an address does, and a name of a private network."""
    try:
        return numbers.read(host) is not None or is_local_name(host, private)
    except ValueError:
        return False


def _matches(name: str, entry: str) -> bool:
    return name.endswith(entry[1:]) if entry.startswith("*.") else name == entry


def _carried(number: Number) -> tuple[ipaddress.IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 address stands for, or leads to on the way."""
    if isinstance(number, ipaddress.IPv4Address):
        return ()
    return tuple(_inner(number))


def _inner(number: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    bits = int(number)
    if number.teredo:
        yield from number.teredo
    if number.sixtofour:
        yield number.sixtofour
    if int(number) > int(_LOOPBACK) and any(number in network for network in _IPV4_IN_THE_END):
        yield ipaddress.IPv4Address(bits & 0xFFFFFFFF)
    if number in _LOCAL_NAT64:
        yield _local_nat64(bits)


def _local_nat64(bits: int) -> ipaddress.IPv4Address:
    """Return what a network's own NAT64 leads to: behind 48 bits, around the byte `u`, or last."""
    if bits & 0xFF_FFFF_FFFF:
        return ipaddress.IPv4Address(bits & 0xFFFFFFFF)
    return ipaddress.IPv4Address((bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF)


def _led(host: str, number: str) -> str:
    return host if host == number else f"{host} leads to {number}, which"


def _unsafe(what: str, why: str) -> UnsafeAddress:
    return UnsafeAddress(
        f"{what} is {why}: it is never spoken to.",
        hint="Check the base URL: this machine is 127.0.0.1, and no AI provider is there.",
    )


def _rebound(host: str, number: str) -> UnsafeAddress:
    return UnsafeAddress(
        f"{host} leads to {number}, an address of this machine or of a private network: a public"
        " name may have been turned around to reach it.",
        hint=f'If that server is meant, set `private_hosts = ["{host}"]` in settings.toml.',
    )
