"""OAuth 2 without the network: what a login asks, and how what comes back is read.

Sources: RFC 6749, RFC 7636 (PKCE), RFC 8628 (device codes), OpenID Connect Core 1.0. An ID token
comes straight from the provider over TLS, so its claims are checked and its signature is not
(OpenID Connect Core, 3.1.3.7).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any, NoReturn
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from nbprovider.catalog import OAuth, Provider
from nbprovider.credentials.secret import Secret
from nbprovider.errors import UsageError

MARGIN = 60.0
"""Seconds before its end in which a token is no longer used."""


def is_logged_in_to(provider: Provider) -> bool:
    """Say whether a login, and no key, is the usual way to a provider."""
    return provider.oauth is not None and provider.oauth.gives == "tokens"


def login_of(provider: Provider) -> OAuth:
    """Return how one logs in to a provider.

    Raises UsageError, with what to do instead, where nobody can.
    """
    if provider.oauth is not None:
        return provider.oauth
    if provider.no_login:
        raise UsageError(provider.no_login)
    raise UsageError(
        f"{provider.name} has no login; it takes a key.",
        hint=f"Enter one by `%provider key {provider.key}`.",
    )


class Tokens(Struct, frozen=True, omit_defaults=True):
    """The tokens of a login, as the vault keeps them (JSON in a secret of kind "oauth").

    - `expires_at`: seconds since 1970 at which the access token ends, 0 when nobody says
    - `client_id`: whom the provider takes us for; a refresh has to say it again
    - `subject`: the provider's name for the person, "" unknown
    """

    access_token: str
    refresh_token: str = ""
    expires_at: float = 0.0
    scope: str = ""
    client_id: str = ""
    subject: str = ""

    def due(self, now: float) -> bool:
        """Say whether the access token has run out, or will at once."""
        return bool(self.expires_at) and now >= self.expires_at - MARGIN

    def sealed(self) -> Secret:
        """Return the tokens as the vault takes them."""
        return Secret(msgspec.json.encode(self).decode())

    def __repr__(self) -> str:
        return f"Tokens(subject={self.subject!r}, expires_at={self.expires_at:.0f})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("tokens", repr(self))]

    def __reduce__(self) -> NoReturn:
        raise TypeError("Tokens are not pickled; `sealed` is how they are kept.")


def opened(secret: Secret) -> Tokens | None:
    """Return the tokens that a secret of the vault holds, None when it holds none."""
    try:
        return msgspec.json.decode(secret.reveal(), type=Tokens)
    except msgspec.DecodeError:
        return None


class Login(Struct, frozen=True):
    """A login that has begun: lead somebody to `url`, and hand over where they are led back to.

    - `provider`: its key; `account`: the name that the account shall have
    - `redirect_uri`: where the provider leads back to; `state`: what it has to bring back
    - `nonce`: what an ID token has to hold; `verifier`: what proves that we began it
    """

    provider: str
    account: str
    url: str
    redirect_uri: str
    state: str
    client_id: str
    nonce: str
    verifier: Secret

    def __repr__(self) -> str:
        return f"Login(provider={self.provider!r}, account={self.account!r}, url={self.url!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("login", repr(self))]


class Plan(Struct, frozen=True):
    """What a login is to be: for whom, where it leads back to, and as which client."""

    provider: str
    account: str
    port: int
    redirect_uri: str = ""
    client_id: str = ""
    installation: str = ""


def begin(oauth: OAuth, plan: Plan) -> Login:
    """Return a new login; nothing is sent.

    The plan's `redirect_uri` left out, it leads back to loopback, at the plan's `port`.
    """
    verifier, state, nonce = _random(32), _random(16), _random(16)
    redirect = (plan.redirect_uri or _loopback(oauth, plan.port)) + _tail(oauth, state)
    client_id = plan.client_id or oauth.client_id
    fields = _asked(oauth, redirect, challenge(verifier))
    if oauth.gives == "tokens":
        fields |= _standard(oauth, client_id)
    if oauth.state_in == "query":
        fields["state"] = state
    fields |= {k: v.replace("{nonce}", nonce) for k, v in oauth.parameters.items()}
    if not plan.client_id:
        first = oauth.first_parameters.items()
        fields |= {k: v.replace("{installation}", plan.installation) for k, v in first}
    url = f"{oauth.authorize}?{urlencode(fields)}"
    who = Secret(verifier)
    return Login(plan.provider, plan.account, url, redirect, state, client_id, nonce, who)


def challenge(verifier: str) -> str:
    """Return PKCE's S256 challenge of a verifier."""
    return _plain_base64(hashlib.sha256(verifier.encode()).digest())


def _loopback(oauth: OAuth, port: int) -> str:
    """Return where a browser on this machine is led back to."""
    return f"http://{oauth.redirect_host}:{port}{oauth.redirect_path}"


def _tail(oauth: OAuth, state: str) -> str:
    return f"/{state}" if oauth.state_in == "path" else ""


def _asked(oauth: OAuth, redirect: str, code_challenge: str) -> dict[str, str]:
    return {
        oauth.redirect_parameter: redirect,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }


def _standard(oauth: OAuth, client_id: str) -> dict[str, str]:
    fields = {"response_type": "code", "client_id": client_id, "scope": " ".join(oauth.scopes)}
    return {name: value for name, value in {**fields, "resource": oauth.resource}.items() if value}


def _random(size: int) -> str:
    return _plain_base64(secrets.token_bytes(size))


def _plain_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
