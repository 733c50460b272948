"""How one logs in to a provider, as its file's `[oauth]` table says it."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct, field

Gives = Literal["tokens", "key"]
StatePlace = Literal["query", "path"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class OAuth(Struct, frozen=True, forbid_unknown_fields=True):
    """A login by OAuth 2: PKCE with S256 and no client secret, or a device code (RFC 8628).

    - `gives`: tokens that are refreshed, or an ordinary key
    - `authorize`, `token`, `revoke`, `device`: addresses, "" for what there is not; `device` is
      where a device code is asked for
    - `issuer`: whom an ID token must come from; without it none is looked at
    - `client_id`: whom the provider takes us for; `client_id_returned` says that the redirect
      brings an account's own, which is kept and used from then on
    - `scopes`: what is asked for; `granted`: the scope that must be among those given
    - `resource`: what the tokens are for (RFC 8707)
    - `redirect_host`, `redirect_path`: where the browser is led back to, at any port
    - `redirect_parameter`: what the redirect's address is called when asking
    - `state_in`: where the redirect carries the state back
    - `parameters`: other fields of the address to log in at; `{nonce}` stands for a new nonce
    - `first_parameters`: more of them, for an account without a client id of its own;
      `{installation}` stands for this installation's own UUID
    - `label`: the words of the link
    """

    token: str
    authorize: str = ""
    gives: Gives = "tokens"
    revoke: str = ""
    device: str = ""
    issuer: str = ""
    client_id: str = ""
    client_id_returned: bool = False
    scopes: tuple[str, ...] = ()
    granted: str = ""
    resource: str = ""
    redirect_host: str = "127.0.0.1"
    redirect_path: str = "/callback"
    redirect_parameter: str = "redirect_uri"
    state_in: StatePlace = "query"
    parameters: dict[str, str] = field(default_factory=dict)
    first_parameters: dict[str, str] = field(default_factory=dict)
    label: str = ""

    def mistake(self) -> str:
        """Return what is wrong with the table, "" when nothing is."""
        if not (self.authorize or self.device):
            return "[oauth] needs `authorize` or `device`"
        for name in ("authorize", "token", "revoke", "device"):
            if not _is_safe(getattr(self, name)):
                return f"[oauth] `{name}` has to be an https address"
        is_here = self.redirect_host in ("127.0.0.1", "localhost")
        if not is_here or not self.redirect_path.startswith("/"):
            return "[oauth] leads back to 127.0.0.1 or localhost, and to a path that begins with /"
        return ""


def _is_safe(url: str) -> bool:
    """Say whether tokens may go to an address: by https, or to this very machine."""
    parts = urlsplit(url)
    encrypted = parts.scheme == "https" and bool(parts.hostname)
    return not url or encrypted or (parts.scheme == "http" and parts.hostname in LOOPBACK)
