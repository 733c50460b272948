"""AWS Signature Version 4 by botocore, with AWS's own ways to find credentials.

Wire facts: the service that a signature is for is `bedrock` at both of Bedrock's hosts, and
`bedrock-mantle` at the host of that name; the path is encoded once more for the signature.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nbprovider.catalog import Provider
from nbprovider.credentials import logs
from nbprovider.credentials.secret import Secret
from nbprovider.errors import ConfigError, MissingKey
from nbprovider.types import Request

Values = Callable[..., str]
"""Gives back the value of the first environment name that is set, "" for none."""

_chains: dict[tuple[object, ...], Any] = {}
_finding = threading.Lock()


class SigV4:
    """Signs requests to AWS; it shows nothing of its keys."""

    __slots__ = ("_id", "_region", "_secret", "_token")

    def __init__(self, id_: str, secret: str, token: str | None, region: str) -> None:
        self._id = id_
        self._secret = Secret(secret)
        self._token = Secret(token) if token else None
        self._region = region

    def __call__(self, request: Request) -> Request:
        """Return the request with its signature, which is good for some minutes."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        token = self._token.reveal() if self._token else None
        keys = Credentials(self._id, self._secret.reveal(), token)
        unsigned = AWSRequest(request.method, request.url, dict(request.headers), request.body)
        SigV4Auth(keys, _service(request.url), self._region).add_auth(unsigned)
        return Request(request.method, request.url, dict(unsigned.headers), request.body)


def signer(provider: Provider, values: Values, region: str) -> SigV4 | None:
    """Return what signs for the account that is found, None when there is none.

    May block: credentials may come from AWS's own servers. Raises ConfigError when botocore is not
    installed, or no region is known, and MissingKey for credentials that cannot be had just now.
    """
    logs.protect()
    id_, secret = values("AWS_ACCESS_KEY_ID"), values("AWS_SECRET_ACCESS_KEY")
    profile = values("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    given = bool(id_ and secret)
    if not _is_installed():
        if given or profile or values(*provider.identity_env) or _folder().is_dir():
            raise _not_installed(provider)
        return None
    if not region:
        names = " or ".join(provider.variables.get("region", ("AWS_REGION",)))
        raise ConfigError(
            f"{provider.name} needs to know its region: it is part of the signature.",
            hint=f"Set {names}.",
        )
    if given:
        return SigV4(id_, secret, values("AWS_SESSION_TOKEN") or None, region)
    return _by_chain(provider, profile, region)


def region(values: Values) -> str:
    """Return the region that AWS's configuration file sets for the profile, "" for none."""
    import configparser

    profile = values("AWS_PROFILE", "AWS_DEFAULT_PROFILE") or "default"
    told = configparser.RawConfigParser()
    try:
        told.read(_file(values, "AWS_CONFIG_FILE", "config"), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return ""
    section = profile if profile == "default" else f"profile {profile}"
    return told.get(section, "region", fallback="").strip()


def _by_chain(provider: Provider, profile: str, region: str) -> SigV4 | None:
    from botocore.exceptions import BotoCoreError

    try:
        with _finding:
            found = _chain(profile)
            keys = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise MissingKey(
            f"The AWS credentials for {provider.name} cannot be had: {error}",
            hint="Log in anew (`aws sso login`), or set AWS_PROFILE to another profile.",
        ) from error
    return SigV4(keys.access_key, keys.secret_key, keys.token, region) if keys else None


def _chain(profile: str) -> Any:
    """Return botocore's credentials for a profile; they renew themselves, so they are kept."""
    import botocore.session

    files = (
        _file(os.environ.get, "AWS_CONFIG_FILE", "config"),
        _file(os.environ.get, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    )
    key = (profile, *files, *map(_changed, files))
    if key not in _chains:
        session = botocore.session.Session()
        if profile:
            session.set_config_variable("profile", profile)
        if (found := session.get_credentials()) is None:
            return None
        _chains[key] = found
    return _chains[key]


def _folder() -> Path:
    return Path("~/.aws").expanduser()


def _file(values: Callable[[str], str | None], name: str, usual: str) -> Path:
    told = values(name)
    return Path(told).expanduser() if told else _folder() / usual


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _service(url: str) -> str:
    return "bedrock-mantle" if "bedrock-mantle" in urlsplit(url).netloc else "bedrock"


def _is_installed() -> bool:
    try:  # loaded here, where blocking does not matter: signing comes in the midst of a flow
        import botocore.auth
        import botocore.awsrequest  # noqa: F401 - only loaded
    except ImportError:
        return False
    return True


def _not_installed(provider: Provider) -> ConfigError:
    keys = " or ".join(provider.env)
    return ConfigError(
        f"{provider.name} is signed for with AWS credentials by botocore, which is not installed.",
        hint=f"Run `pip install 'nbprovider[aws]'`, or set {keys} to an API key.",
    )
