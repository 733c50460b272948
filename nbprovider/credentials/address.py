"""Bring the ways to write a base URL into one form, and refuse what is no address."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from nbprovider import config
from nbprovider.catalog import Provider
from nbprovider.credentials import numbers, reach
from nbprovider.errors import ConfigError

_PORTS = {"http": 80, "https": 443}
_VALID = range(1, 65536)
_NO_HOST = re.compile(r"""[%"'<>^`|~!$&()*+,;=]""")
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a server binds to, turned around


def base_url(provider: Provider, text: str, where: str) -> str:
    """Return the provider's address as its protocol expects it: no slash at the end.

    `where` names the place that the text comes from, for the error. Raises ConfigError for another
    scheme than http and https, a user name, a query, control characters, a port that is none, and
    for plain http to a host that is neither this machine nor a private one; UnsafeAddress for an
    address that may never be spoken to. The host need not be known to anybody yet.
    """
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise _bad(where, "it holds a space or a control character")
    whole = _from_host(text, provider) if provider.address == "host" else text
    try:
        url = urlsplit(whole)
        _check(url)
    except ValueError as error:
        raise _bad(where, str(error)) from None
    return f"{url.scheme.lower()}://{url.netloc}{_path(url.path, provider)}"


def is_elsewhere(provider: Provider, url: str) -> bool:
    """Say whether `url` leads to another host than the provider's own."""
    try:
        return urlsplit(url).hostname != urlsplit(provider.base_url).hostname
    except ValueError:
        return True


def _bad(where: str, why: str) -> ConfigError:
    return ConfigError(
        f"The address in {where} is not usable: {why}.",
        hint="Write it as `https://host/path`, or `http://127.0.0.1:port` for this machine.",
    )


def _check(url: SplitResult) -> None:
    """Raise ValueError, in words, for what is no address to send a key to."""
    if url.scheme.lower() not in _PORTS:
        raise ValueError("it begins with neither http:// nor https://")
    if "@" in url.netloc:
        raise ValueError("it holds a user name")
    if url.query or url.fragment:
        raise ValueError("it goes on after its path")
    if not url.hostname:
        raise ValueError("it names no host")
    if url.port is not None and url.port not in _VALID:
        raise ValueError(f"{url.port} is no port")
    _check_host(url.hostname)
    if url.scheme.lower() == "http" and not is_private(url.hostname):
        raise ValueError(f"plain http to {url.hostname} could be read on the way")


def _path(path: str, provider: Provider) -> str:
    path = path.rstrip("/")
    for end in provider.base_drop:
        path = path.removesuffix(end)
    return path.rstrip("/") or provider.base_path


def is_private(host: str) -> bool:
    """Say whether a host, by its name or number, is this machine or in a private network.

    A name without a dot, such as a container's, is private, and one that `private_hosts` in
    settings.toml lists. Nothing is looked up: the connection judges the resolved address again.
    """
    try:
        number = numbers.read(host)
    except ValueError:
        return False
    if number is None:
        return reach.is_local_name(host) or reach.is_local_name(host, _private_hosts())
    return reach.is_internal(number) and not reach.forbidden(number)


def _private_hosts() -> tuple[str, ...]:
    return config.settings().private_hosts


def _check_host(host: str) -> None:
    """Refuse a forbidden host, raise ValueError for one that is written to look like another."""
    reach.refuse_text(host)
    numbers.read(host)
    if _NO_HOST.search(host) or numbers.normal(host) != host.removesuffix("."):
        raise ValueError("its host is written with signs that no host name has")


def _from_host(text: str, provider: Provider) -> str:
    """Return the URL that a value of OLLAMA_HOST means, as Ollama's envconfig reads it.

    `host`, `host:port`, `:port`, `[::1]:port`, each with a path, go to Ollama's own port by http;
    with a scheme, the scheme's port. A port that is none falls back to the default, and the address
    that a server binds to for all networks becomes this machine's.
    """
    scheme, _, rest = text.rpartition("://")
    authority, slash, path = rest.partition("/")
    host, port = _host_and_port(authority)
    if not scheme and host == "ollama.com":
        scheme = "https"
    own = urlsplit(provider.base_url)
    usual = _PORTS.get(scheme, 0) if scheme else own.port
    shown = _ANY.get(host, host) or own.hostname or ""
    name = f"[{shown}]" if ":" in shown else shown
    return f"{scheme or 'http'}://{name}{_port(port, usual, scheme)}{slash}{path}"


def _host_and_port(authority: str) -> tuple[str, str]:
    if bracketed := re.fullmatch(r"\[([^\]]*)\](?::(.*))?", authority):
        return bracketed[1], bracketed[2] or ""
    if authority.count(":") > 1:  # a bare IPv6 address
        return authority, ""
    host, _, port = authority.partition(":")
    return host, port


def _port(text: str, usual: int | None, scheme: str) -> str:
    port = int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) in _VALID else usual
    return "" if not port or port == _PORTS.get(scheme) else f":{port}"
