"""`%provider login` and `%provider logout`: an account without a key to copy."""

from __future__ import annotations

import getpass
import warnings
from typing import Literal

from nbprovider.credentials.oauth_replies import expects
from nbprovider.errors import LoginFailed, UsageError
from nbprovider.magics.stopped import Stopped
from nbprovider.oauth_flow import DeviceCode
from nbprovider.session import current
from nbprovider.session.login import Logins, Whom
from nbprovider.session.login_place import elsewhere
from nbprovider.ui.front import somebody_is_here
from nbprovider.ui.link import Link
from nbprovider.view import Note

Way = Literal["listen", "paste", "device"]

PASTE = "paste"
USAGE = f"NAME [ACCOUNT] [{PASTE}]"
PATIENCE = 300.0
"""Seconds that somebody has to log in."""


def log_in(name: str, *rest: str) -> None:
    """Log in to a provider or an account; the last word may be `paste`."""
    account, word = _read(name, rest)
    whom = Whom(name, account)
    if not somebody_is_here():
        raise LoginFailed(
            f"`%provider login {name}` needs somebody who follows a link; nobody is here.",
            hint="Run it in a notebook that you look at; what it keeps serves everywhere.",
            code="nobody",
        )
    link = Link()
    try:
        done = _WAYS[_way(whom, word)](whom, link)
    except KeyboardInterrupt:
        link.leave("This login was stopped.")
        raise Stopped("the login is stopped; nothing was kept.") from None
    except BaseException:
        link.leave("This login came to no end.")
        raise
    link.leave(f"Logged in to {whom.provider.name} as the account `{done}`.")


def log_out(name: str) -> Note:
    """Remove what a login gave."""
    trouble = Logins(current()).end(name)
    return Note(f"Logged out of {name}; nothing of it is kept here. {trouble}".rstrip())


def _read(name: str, rest: tuple[str, ...]) -> tuple[str, str]:
    """Return the account and the word `paste`, "" for what is not there."""
    word = PASTE if rest[-1:] == (PASTE,) else ""
    names = rest[:-1] if word else rest
    if len(names) > 1:
        raise UsageError(
            f"`%provider login` does not know {names[-1]!r}.",
            hint=f"It is used so: `%provider login {name} [ACCOUNT] [paste]`.",
        )
    return "".join(names), word


def _way(whom: Whom, word: str) -> Way:
    """Return how the login comes back here."""
    if not whom.oauth.authorize:
        return "device"
    setting = current().settings.login
    if word or setting == "paste":
        return "paste"
    if setting == "browser" or not elsewhere():
        return "listen"
    return "device" if whom.oauth.device else "paste"


def _listening(whom: Whom, link: Link) -> str:
    from nbprovider.transport.listener import Listener

    logins = Logins(current())
    with Listener() as listener:
        login = logins.begin(whom, listener.port)
        words = (
            "The notebook waits for your browser to come back. If it cannot, because it is on"
            f" another machine, interrupt this cell and run `%provider login {whom.provider.key}"
            f"{_named(whom)} paste`."
        )
        link.show(_label(whom), login.url, words)
        heard = listener.wait(lambda target: expects(whom.oauth, login, target), PATIENCE)
    return logins.complete(login, heard)


def _pasting(whom: Whom, link: Link) -> str:
    logins = Logins(current())
    login = logins.begin(whom)
    words = (
        "Log in there. Your browser is then led to an address that it cannot show: copy all of the"
        " address bar, and paste it into the box (it stays unseen)."
    )
    link.show(_label(whom), login.url, words)
    return logins.complete(login, _pasted(whom))


def _by_device(whom: Whom, link: Link) -> str:
    def show(device: DeviceCode) -> None:
        words = (
            f"Enter the code {device.code} at {device.url}, on any machine, within"
            f" {device.minutes:.0f} minutes. The notebook waits."
        )
        link.show(_label(whom), device.page, words)

    return Logins(current()).by_device(whom, show)


_WAYS = {"listen": _listening, "paste": _pasting, "device": _by_device}


def _label(whom: Whom) -> str:
    return whom.oauth.label or f"Log in to {whom.provider.name}"


def _named(whom: Whom) -> str:
    return "" if whom.account == whom.provider.key else f" {whom.account}"


def _pasted(whom: Whom) -> str:
    """Return what is pasted, unseen: the address holds a code."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # it would show the code
        try:
            return getpass.getpass("The whole address: ")
        except (NotImplementedError, EOFError, OSError, getpass.GetPassWarning):
            raise LoginFailed(
                "The address cannot be asked for here.",
                hint=f"Run `%provider login {whom.provider.key}` where something can be typed.",
                code="nobody",
            ) from None
