"""A TLS server on loopback with a certificate of an authority of its own, made by trustme."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import trustme

from loopback import Server, answering


class Authority:
    """An authority that nobody knows, with its certificate in a PEM file."""

    def __init__(self, folder: Path) -> None:
        self._made = trustme.CA()
        self.pem = folder / "authority.pem"
        self._made.cert_pem.write_to_path(str(self.pem))

    def certificate(
        self,
        *names: str,
        begins: dt.datetime | None = None,
        ends: dt.datetime | None = None,
    ) -> trustme.LeafCert:
        """Return a certificate for some names."""
        return self._made.issue_cert(*names, not_before=begins, not_after=ends)


class TlsServer(Server):
    """As `loopback.Server`, by TLS; `asked_for` has the names that clients asked for (SNI)."""

    def __init__(self, certificate: trustme.LeafCert, script) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._context.sni_callback = lambda _, name, __: self.asked_for.append(name)
        self.asked_for: list[str | None] = []
        super().__init__(script)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client does not trust us
            super()._serve(self._context.wrap_socket(connection, server_side=True))
        connection.close()


@contextlib.contextmanager
def serving_tls(certificate: trustme.LeafCert, script=None) -> Iterator[TlsServer]:
    server = TlsServer(certificate, script or answering("a"))
    try:
        yield server
    finally:
        server.close()
