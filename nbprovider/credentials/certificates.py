"""Whom TLS trusts, and what a certificate that is not trusted means, in words.

Mozilla's roots as certifi has them, and the user's own `ca_file`. Neither the system's store nor
SSL_CERT_FILE and SSL_CERT_DIR are looked at. Numbers: OpenSSL's x509_vfy.h.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache

import certifi

from nbprovider.errors import ConfigError

_COMPANY = (
    "Behind a company's proxy, or for a server of your own, set `ca_file` in settings.toml to the"
    " certificate of the authority that signs there."
)
_DISTRUSTED = {
    9: "Check the date and time of this computer: the certificate begins later.",
    10: "Check the date and time of this computer; if they are right, tell the server's owner.",
    62: "Check the host in the base URL: the certificate is for another name.",
    64: "Check the host in the base URL: the certificate is for another address.",
}
"""OpenSSL's number → what to do; any other distrust is of an unknown authority."""


@cache
def tls(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts certifi's roots, and those of `ca_file` if one is set.

    Raises ConfigError when that file cannot be read.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        # From 3.13 on Python refuses authorities that lack newer fields, as many companies' do.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise ConfigError(
                f"The certificates in {ca_file} cannot be used: {error}.",
                hint="Set `ca_file` in settings.toml to a readable PEM file.",
            ) from error
    return context


def untrusted(error: BaseException, where: str) -> tuple[str, str] | None:
    """Return what happened and what to do, when the certificate of `where` led to the error."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = _DISTRUSTED.get(cause.verify_code, _COMPANY)
            return f"The certificate of {where} is not trusted: {cause.verify_message}.", hint
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        reason = getattr(seen, "reason", None)  # urllib's own way
        inner = reason if isinstance(reason, BaseException) else None
        seen = seen.__cause__ or seen.__context__ or inner
