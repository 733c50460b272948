"""Ask for a key at the keyboard, unseen."""

from __future__ import annotations

import getpass
import re
import warnings

from nbprovider.catalog import Provider
from nbprovider.credentials.secret import Secret
from nbprovider.errors import ConfigError, MissingKey, UsageError


def ask(provider: Provider, what: str = "") -> Secret:
    """Return the key that the user types or pastes; it is not shown.

    `what` says more of what the key is for. Raises MissingKey when nobody can be asked here, or
    nothing was entered, ConfigError for what is no key, and UsageError for a provider that is a
    program with a login of its own.
    """
    if provider.program:
        raise UsageError(
            f"{provider.name} takes no key: `{provider.program.name}` has a login of its own.",
            hint=f"`%provider guide {provider.key}` tells how to log in.",
        )
    secret = Secret(_typed(provider, what))
    if not secret:
        raise MissingKey("Nothing was entered.", hint=_next_step(provider))
    check_key(provider, secret, "as entered")
    return secret


def check_key(provider: Provider, secret: Secret, source: str) -> None:
    """Refuse a key that no header can carry: an HTTP client's own error would show it.

    Raises ConfigError, which says by `source` where the key was found.
    """
    if not re.fullmatch(r"[\x21-\x7e]+", secret.reveal()):
        raise ConfigError(
            f"The key for {provider.name} ({source}) holds a space or a letter that no key has.",
            hint="Copy it again, without anything around it.",
        )


def _typed(provider: Provider, what: str) -> str:
    told = (what, f"from {provider.key_url}" if provider.key_url else "")
    where = f" ({', '.join(filter(None, told))})" if any(told) else ""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # it would show the key
        try:
            return getpass.getpass(f"Key for {provider.name}{where}: ")
        # A kernel whose front end cannot ask raises a NotImplementedError of IPython's.
        except (NotImplementedError, EOFError, OSError, getpass.GetPassWarning):
            raise MissingKey(
                f"The key for {provider.name} cannot be asked for here.",
                hint=_next_step(provider),
            ) from None


def _next_step(provider: Provider) -> str:
    if provider.env:
        return f"Set {provider.env[0]} in the environment or in a .env file."
    return f"Run `%provider key {provider.key}` where something can be typed."
