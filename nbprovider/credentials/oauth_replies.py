"""What comes back from a login: the redirect, the tokens, an ID token, a refusal."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from nbprovider.catalog.oauth import OAuth
from nbprovider.credentials.oauth import Login, Tokens
from nbprovider.credentials.redaction import redact
from nbprovider.credentials.secret import Secret
from nbprovider.errors import (
    BadRequest,
    LoginFailed,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)

DEAD = frozenset(
    {
        "invalid_grant",
        "invalid_refresh_token",
        "token_expired",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "refresh_token_reused",
    }
)
"""Codes by which a refresh is refused for good: somebody has to log in again."""

LEEWAY = 300.0
"""Seconds by which two clocks may differ."""


class Granted(Struct, frozen=True):
    """What a redirect brings: the code, and the client id that was issued ("" for none)."""

    code: Secret
    client_id: str = ""


def redirected(oauth: OAuth, login: Login, told: str) -> Granted:
    """Return what an address that a login leads back to brings.

    `told` is the whole address, or what stands behind its question mark. Raises LoginFailed when it
    says no, belongs to another login, or is no such address.
    """
    url = _address(told)
    fields = dict(parse_qsl(url.query))
    if not fields.keys() & {"code", "error"}:
        raise _nonsense()
    if not carries(oauth, login, url.path, fields):
        raise LoginFailed(
            "This address belongs to another login, or to nobody's.",
            hint="Take the address that the newest link leads to.",
            code="wrong_state",
        )
    if "error" in fields:
        raise _no(fields)
    return Granted(Secret(fields["code"]), fields.get("client_id", ""))


def carries(oauth: OAuth, login: Login, path: str, fields: Mapping[str, str]) -> bool:
    """Say whether a redirect brings a login's own state back."""
    if oauth.state_in == "path":
        return path.rpartition("/")[2] == login.state
    return fields.get("state") == login.state


def expects(oauth: OAuth, login: Login, target: str) -> bool:
    """Say whether a request's target (path and query) is the one that completes a login."""
    url = urlsplit(target)
    fields = dict(parse_qsl(url.query))
    is_path = url.path == urlsplit(login.redirect_uri).path
    return (
        is_path
        and bool(fields.keys() & {"code", "error"})
        and carries(oauth, login, url.path, fields)
    )


def _address(told: str) -> Any:
    text = told.strip().strip("<>\"'`")
    try:
        return urlsplit(text if "?" in text else f"?{text}")
    except ValueError:
        raise _nonsense() from None


def _nonsense() -> LoginFailed:
    return LoginFailed(
        "This is no address that a login leads back to.",
        hint="Log in, then copy all of the address bar, also where the page cannot be shown.",
        code="nonsense",
    )


def _no(fields: Mapping[str, str]) -> LoginFailed:
    code, words = fields["error"], redact(fields.get("error_description", ""))[:300]
    if code == "access_denied":
        return LoginFailed(
            "The login was not allowed in the browser.",
            hint="Log in again, and allow it.",
            code="denied",
        )
    return LoginFailed(
        f"The provider refuses the login: {words or redact(code)[:100]}.",
        hint="Log in again.",
        code="refused",
    )


def tokens(payload: Any, earlier: Tokens, now: float) -> Tokens:
    """Return the tokens of a reply; what it leaves out stays as it was.

    Raises Unavailable for a reply that brings none.
    """
    access = payload.get("access_token") if isinstance(payload, dict) else None
    if not isinstance(access, str) or not access:
        raise Unavailable(
            "The reply to the login has an unknown shape.", hint="Log in again in a while."
        )
    claims = _claims(payload.get("id_token"))
    return Tokens(
        access,
        _text(payload, "refresh_token") or earlier.refresh_token,
        _end(payload.get("expires_in"), now),
        _text(payload, "scope") or earlier.scope,
        earlier.client_id,
        _text(claims, "sub") or earlier.subject,
    )


def key(payload: Any) -> Secret:
    """Return the key that a reply brings; raises Unavailable for one that brings none."""
    found = payload.get("key") if isinstance(payload, dict) else None
    if not isinstance(found, str) or not found.strip():
        raise Unavailable("The reply to the login holds no key.", hint="Log in again in a while.")
    return Secret(found)


def check_scope(oauth: OAuth, found: Tokens) -> None:
    """Refuse tokens that lack the permission which calls need.

    A reply that names no scope gives all that was asked for (RFC 6749, 5.1).
    """
    if oauth.granted and found.scope and oauth.granted not in found.scope.split():
        raise LoginFailed(
            f"You are signed in, but without the permission {oauth.granted!r}.",
            hint="Log in again, and grant all that is asked for.",
            code="not_granted",
        )


def check_identity(oauth: OAuth, login: Login, payload: Any, now: float) -> None:
    """Refuse an ID token that is not the issuer's, not for us, too old, or not of this login."""
    if not oauth.issuer:
        return
    claims = _claims(payload.get("id_token"))
    audience = claims.get("aud")
    wrong = {
        "iss": claims.get("iss") != oauth.issuer,
        "aud": login.client_id not in (audience if isinstance(audience, list) else [audience]),
        "exp": not _is_number(claims.get("exp")) or claims["exp"] + LEEWAY < now,
        "nonce": claims.get("nonce") != login.nonce,
    }
    if names := [name for name, is_wrong in wrong.items() if is_wrong]:
        raise LoginFailed(
            f"The provider's ID token does not fit this login ({', '.join(names)}).",
            hint="Log in again; if it stays so, check this machine's clock.",
            code="wrong_identity",
        )


def refusal(status: int, _: Mapping[str, str], body: bytes) -> ProviderError:
    """Return what a refused token request means; its `code` is the provider's own."""
    code, words = _told(body)
    detail = redact(body[:2000].decode(errors="replace"))
    why = f": {redact(words or code)[:300]}" if words or code else ""
    if code in DEAD:
        return Unauthorized(f"The login has ended{why}.", status=status, code=code, detail=detail)
    kind = RateLimited if status == 429 else Unavailable if status >= 500 else BadRequest  # noqa: PLR2004 - HTTP's own
    return kind(
        f"The login's server refused the request ({status}){why}.",
        hint="Log in again in a while.",
        status=status,
        code=code or None,
        detail=detail,
    )


def _told(body: bytes) -> tuple[str, str]:
    """Return code and words of a refusal: RFC 6749's shape, or an object with both."""
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    if not isinstance(payload, dict):
        return "", ""
    error = payload.get("error")
    if isinstance(error, dict):
        return _text(error, "code") or _text(error, "type"), _text(error, "message")
    return _text(payload, "error"), _text(payload, "error_description")


def _claims(token: Any) -> dict[str, Any]:
    """Return what an ID token claims, nothing for one that cannot be read."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return {}
    return told if isinstance(told, dict) else {}


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _end(seconds: Any, now: float) -> float:
    if isinstance(seconds, str) and seconds.isdigit():
        seconds = float(seconds)
    return now + seconds if _is_number(seconds) else 0.0
