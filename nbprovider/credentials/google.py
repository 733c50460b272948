"""Tokens of Google Cloud: a service account's, or the default credentials of this computer.

Wire facts: google-auth 2.62 and Google's pages on application default credentials. The scope is
that of the whole platform; a token is good for an hour at most.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nbprovider.catalog import Provider
from nbprovider.credentials import logs
from nbprovider.credentials.secret import Secret
from nbprovider.errors import ConfigError, Unauthorized, Unreachable
from nbprovider.types import Request

Values = Callable[..., str]

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
FILE = "GOOGLE_APPLICATION_CREDENTIALS"

_kept: dict[tuple[str, int], Any] = {}
_renewing = threading.Lock()


class GoogleToken:
    """Puts a token on requests, and the project that pays where the credentials name one."""

    __slots__ = ("_payer", "_token")

    def __init__(self, token: str, payer: str) -> None:
        self._token = Secret(token)
        self._payer = payer

    def __call__(self, request: Request) -> Request:
        """Return the request with the token in its header."""
        headers = {**request.headers, "Authorization": f"Bearer {self._token.reveal()}"}
        if self._payer:
            headers["x-goog-user-project"] = self._payer
        return Request(request.method, request.url, headers, request.body)


def signer(provider: Provider, values: Values) -> GoogleToken | None:
    """Return what signs with the credentials that are found, None when there are none.

    May block: a token is asked for when there is none yet, or it has run out. Raises ConfigError
    when google-auth is not installed or the file of credentials is of no use, Unauthorized when
    Google refuses them, and Unreachable when Google cannot be asked.
    """
    path = values(FILE)
    if not (path or _default_file().is_file() or _is_installed()):
        return None
    if not _is_installed():
        raise ConfigError(
            f"{provider.name} is signed for with Google's credentials by google-auth, which is not"
            " installed.",
            hint=f"Run `pip install 'nbprovider[google]'`, or set {' or '.join(provider.env)}.",
        )
    logs.protect()
    return _renewed(provider, path)


def project(values: Values) -> str:
    """Return the project that a service account's file names, "" for none."""
    path = values(FILE) or _default_file()
    try:
        told = msgspec.json.decode(Path(path).expanduser().read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if not isinstance(told, dict):
        return ""
    found = told.get("project_id") or told.get("quota_project_id")
    return found if isinstance(found, str) else ""


def _renewed(provider: Provider, path: str) -> GoogleToken | None:
    from google.auth import exceptions

    from nbprovider.credentials.google_transport import ask

    try:
        with _renewing:
            credentials = _credentials(path)
            if not credentials.valid:
                credentials.refresh(ask)
            return GoogleToken(credentials.token, credentials.quota_project_id or "")
    except exceptions.RefreshError as error:
        raise Unauthorized(
            f"Google refuses the credentials for {provider.name}: {_first(error)}",
            hint="Log in anew (`gcloud auth application-default login`), or get another key file.",
        ) from error
    except exceptions.TransportError as error:
        raise Unreachable(
            f"Google could not be asked for a token for {provider.name}: {_first(error)}",
            hint="Check the network, and the proxy in settings.toml.",
        ) from error
    except exceptions.DefaultCredentialsError as error:
        if not path:
            return None
        raise _useless(path, _first(error)) from error
    except (
        OSError,
        ValueError,
        msgspec.DecodeError,
    ) as error:  # google-auth lets a malformed key through as such
        raise _useless(path or str(_default_file()), str(error)) from error


def _credentials(path: str) -> Any:
    """Return google-auth's credentials; they keep their token, so they are kept."""
    file = Path(path).expanduser() if path else _default_file()
    key = (str(file), file.stat().st_mtime_ns if file.is_file() else 0)
    if key not in _kept:
        _kept[key] = _of_file(file) if path else _of_this_computer()
    return _kept[key]


def _of_file(file: Path) -> Any:
    """Return the credentials of a key file.

    A service account's, or a user's. Other kinds may name files to read, programs to run and
    servers to tell: only the environment may bring them, no `.env` file of somebody's folder.
    """
    told = msgspec.json.decode(file.read_bytes())
    if not isinstance(told, dict):
        raise ValueError("it holds no JSON object")  # noqa: TRY004 - as of any other unfit value
    kind = told.get("type")
    if kind == "service_account":
        from google.oauth2 import service_account

        return service_account.Credentials.from_service_account_info(told, scopes=SCOPES)  # type: ignore[no-untyped-call]
    if kind == "authorized_user":
        from google.oauth2 import credentials

        return credentials.Credentials.from_authorized_user_info(told, scopes=SCOPES)  # type: ignore[no-untyped-call]
    if os.environ.get(FILE, "").strip() != str(file):
        raise ValueError(f"credentials of the type {kind!r} have to be set in the environment")
    return _of_this_computer()


def _of_this_computer() -> Any:
    """Return the default credentials: of the environment, of gcloud, or of Google's own machine."""
    import google.auth

    from nbprovider.credentials.google_transport import ask

    found, _ = google.auth.default(scopes=SCOPES, request=ask)
    return found


def _useless(path: str, why: str) -> ConfigError:
    return ConfigError(
        f"The Google credentials in {path} are of no use: {why}",
        hint=f"Set {FILE} to the JSON file of a service account's key.",
    )


def _first(error: Exception) -> str:
    """Return the words of an error of google-auth, which may bring the answer's body along."""
    return str(error.args[0] if error.args else error)[:300]


def _default_file() -> Path:
    folder = os.environ.get("CLOUDSDK_CONFIG") or "~/.config/gcloud"
    return Path(folder).expanduser() / "application_default_credentials.json"


def _is_installed() -> bool:
    try:
        import google.auth  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True
