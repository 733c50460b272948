"""Logins as generators of steps: exchange a code, refresh, poll for a device, revoke. No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import OAuth
from nbprovider.credentials import Secret
from nbprovider.credentials.oauth import Login, Tokens
from nbprovider.credentials.oauth_replies import (
    Granted,
    check_identity,
    check_scope,
    key,
    refusal,
    tokens,
)
from nbprovider.errors import BadRequest, LoginFailed, ProviderError, Unauthorized, Unavailable
from nbprovider.flow import whole_body
from nbprovider.types import Block, Head, Ref, Request, Send, Sleep, Step

LONGEST = 1024 * 1024
"""Bytes of a reply that are believed."""

SILENCE = 30.0
SLOWER = 5.0
"""Seconds that `slow_down` adds to the pause between two questions (RFC 8628, 3.5)."""

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
FORM = "application/x-www-form-urlencoded"

Clock = Callable[[], float]
Asked = Generator[Step, Any, Any]


class DeviceCode(Struct, frozen=True):
    """What somebody has to do elsewhere: open `url`, enter `code`. `page` has the code in it."""

    code: str
    url: str
    page: str
    minutes: float


def exchange(
    oauth: OAuth, login: Login, granted: Granted, clock: Clock = time.time
) -> Generator[Step, Any, Tokens | Secret]:
    """Have the code of a redirect exchanged, return the tokens or the key.

    Raises LoginFailed when the provider does not take the code, or gives something else than was
    asked for, and ProviderError when it cannot be asked.
    """
    about = Ref(login.provider, "", login.account)
    try:
        if oauth.gives == "key":
            request = _json(oauth.token, _code_for_key(login, granted))
            return key((yield from _asked(request, about)))
        ours = replace(login, client_id=granted.client_id or login.client_id)
        request = _form(oauth.token, _code_for_tokens(oauth, ours, granted))
        reply = yield from _asked(request, about)
    except (BadRequest, Unauthorized) as error:
        raise _refused(error) from error
    found = tokens(reply, Tokens("", client_id=ours.client_id), clock())
    check_identity(oauth, ours, reply, clock())
    check_scope(oauth, found)
    return found


def refreshing(
    oauth: OAuth, earlier: Tokens, clock: Clock = time.time, about: Ref | None = None
) -> Generator[Step, Any, Tokens]:
    """Have tokens renewed, return the new ones; the earlier refresh token is used up by that.

    Raises Unauthorized when the login has ended, and other ProviderErrors when nobody can tell.
    """
    if not earlier.refresh_token:
        raise Unauthorized("The login has ended, and came without a way to renew it.")
    spent = Secret(earlier.refresh_token)  # known to redaction, should the server quote it
    fields = {"grant_type": "refresh_token", "refresh_token": spent.reveal()}
    request = _form(oauth.token, {**fields, **_ours(oauth, earlier.client_id)})
    reply = yield from _asked(request, about)
    return tokens(reply, earlier, clock())


def revoking(oauth: OAuth, found: Tokens, about: Ref | None = None) -> Generator[Step, Any, None]:
    """Have the provider forget a login (RFC 7009), where it can; raises ProviderError."""
    if not oauth.revoke:
        return
    token = {"token": found.refresh_token, "token_type_hint": "refresh_token"}
    if not found.refresh_token:
        token = {"token": found.access_token, "token_type_hint": "access_token"}
    request = _form(oauth.revoke, {**token, **_ours(oauth, found.client_id)})
    yield from _body(request, about)


def by_device(
    oauth: OAuth,
    show: Callable[[DeviceCode], None],
    clock: Clock = time.time,
    about: Ref | None = None,
) -> Generator[Step, Any, Tokens]:
    """Log in by a code that somebody enters on any machine (RFC 8628), return the tokens.

    `show` is called once, with what to do. Raises LoginFailed when it is denied or not done in
    time, and ProviderError when the provider cannot be asked.
    """
    scope = {"scope": " ".join(oauth.scopes)} if oauth.scopes else {}
    begun = _form(oauth.device, {**_ours(oauth, oauth.client_id), **scope})
    told = yield from _asked(begun, about)
    device, wait, ends = _device(told, clock())
    yield Block(lambda: show(device))
    poll = {"grant_type": DEVICE, "device_code": str(told["device_code"])}
    request = _form(oauth.token, {**poll, **_ours(oauth, oauth.client_id)})
    while clock() < ends:
        yield Sleep(wait)
        try:
            reply = yield from _asked(request, about)
        except ProviderError as error:
            wait = _longer(error, wait)
        else:
            found = tokens(reply, Tokens("", client_id=oauth.client_id), clock())
            check_scope(oauth, found)
            return found
    raise _too_late()


def _longer(error: ProviderError, wait: float) -> float:
    """Return the seconds until the next question; raises what an error means for good."""
    if error.code == "authorization_pending":
        return wait
    if error.code == "slow_down":
        return wait + SLOWER
    if error.code == "expired_token":
        raise _too_late() from error
    if error.code == "access_denied":
        raise LoginFailed(
            "The login was not allowed in the browser.",
            hint="Log in again, and allow it.",
            code="denied",
        ) from error
    if isinstance(error, Unavailable):
        return wait * 2  # RFC 8628, 3.5: a connection that fails is tried again, more slowly
    raise error


def _too_late() -> LoginFailed:
    return LoginFailed("The code was not entered in time.", hint="Log in again.", code="timeout")


def _device(told: Any, now: float) -> tuple[DeviceCode, float, float]:
    """Return what to do, the pause between two questions, and when the code ends."""
    try:
        code, url = str(told["user_code"]), str(told["verification_uri"])
        page, seconds = str(told.get("verification_uri_complete") or url), float(told["expires_in"])
        wait, _ = float(told.get("interval") or 5), told["device_code"]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unavailable(
            "The provider's device code has an unknown shape.", hint="Log in again in a while."
        ) from None
    return DeviceCode(code, url, page, seconds / 60), wait, now + seconds


def _code_for_key(login: Login, granted: Granted) -> Mapping[str, str]:
    return {
        "code": granted.code.reveal(),
        "code_verifier": login.verifier.reveal(),
        "code_challenge_method": "S256",
    }


def _code_for_tokens(oauth: OAuth, login: Login, granted: Granted) -> Mapping[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": granted.code.reveal(),
        "code_verifier": login.verifier.reveal(),
        "redirect_uri": login.redirect_uri,
        **_ours(oauth, login.client_id),
    }


def _ours(oauth: OAuth, client_id: str) -> dict[str, str]:
    fields = {"client_id": client_id, "resource": oauth.resource}
    return {name: value for name, value in fields.items() if value}


def _form(url: str, fields: Mapping[str, str]) -> Request:
    headers = {"content-type": FORM, "accept": "application/json"}
    return Request("POST", url, headers, urlencode(fields).encode())


def _json(url: str, fields: Mapping[str, str]) -> Request:
    headers = {"content-type": "application/json", "accept": "application/json"}
    return Request("POST", url, headers, msgspec.json.encode(fields))


def _asked(request: Request, about: Ref | None) -> Asked:
    """Return the JSON of a reply."""
    body = yield from _body(request, about)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unavailable(
            "The login's server answered something that is no JSON.",
            hint="Log in again in a while.",
        ) from None


def _body(request: Request, about: Ref | None) -> Generator[Step, Any, bytes]:
    head: Head = yield Send(request, SILENCE, about)
    return (yield from whole_body(head, refusal, LONGEST))


def _refused(error: ProviderError) -> LoginFailed:
    return LoginFailed(
        f"The provider does not take the login's code: {error.message}",
        hint="Log in again: a code is good once, and for a short while.",
        code="refused",
    )
