"""Authorization servers on loopback: a real one of OpenID Connect, and scripted ones."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from nbprovider import catalog, config

SERVER = Path(__file__).with_name("oidc_server.py")


@contextlib.contextmanager
def provider_mock(*arguments: str) -> Iterator[str]:
    """Run the server of `oidc_server.py` in a process of its own, give its address."""
    port = _free_port()
    command = [sys.executable, str(SERVER), "--port", str(port), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def mock_table(url: str, **more: object) -> dict:
    """Return the [oauth] table of the mock."""
    return {
        "issuer": url,
        "authorize": f"{url}/oauth2/authorize",
        "token": f"{url}/oauth2/token",
        "client_id": "nbprovider",
        "scopes": ["openid", "profile", "email"],
        "granted": "openid",
        "parameters": {"nonce": "{nonce}"},
        **more,
    }


def written(key: str, oauth: dict, **more: object) -> catalog.Provider:
    """Write a provider file of the user's with such a login, return the provider."""
    folder = config.home().config / "providers"
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"name": key.title(), "protocol": "openai_responses", **more}
    fields = {"base_url": "http://127.0.0.1:9/v1", "default_model": "m", **fields}
    lines = [f"{name} = {_toml(value)}" for name, value in fields.items()]
    lines += ["[oauth]", *(f"{name} = {_toml(value)}" for name, value in oauth.items())]
    (folder / f"{key}.toml").write_text("\n".join(lines), encoding="utf-8")
    catalog.forget()
    return catalog.find(key)


def moved(key: str, **addresses: str) -> catalog.Provider:
    """Let one of our own providers live at other addresses: old beginning → new one."""
    folder = config.home().config / "providers"
    folder.mkdir(parents=True, exist_ok=True)
    text = (catalog.files.OURS / f"{key}.toml").read_text(encoding="utf-8")
    for name, url in addresses.items():
        old = {"login": "https://auth.openai.com/api/accounts", "api": "https://api.openai.com/v1"}
        text = text.replace(f'= "{old[name]}', f'= "{url}')
    (folder / f"{key}.toml").write_text(text, encoding="utf-8")
    catalog.forget()
    return catalog.find(key)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def allowed(url: str, sub: str = "ada", action: str = "") -> str:
    """Do what a person does in the browser, return the address that they are led to."""
    form = {"action": action} if action else {"sub": sub}
    data = urllib.parse.urlencode(form).encode()
    try:
        urllib.request.build_opener(_Stay).open(url, data, timeout=10)
    except urllib.error.HTTPError as answer:
        return answer.headers["location"]
    raise AssertionError("no redirect came")


def get(url: str, **headers: str) -> tuple[int, str]:
    """Open an address as a browser does, return status and page."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


def id_token(**claims: object) -> str:
    """Return an ID token with these claims; nobody checks its signature."""
    parts = ({"alg": "none"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*coded, "sig"])


def query(url: str) -> dict[str, str]:
    """Return the fields of an address."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def _wait_for(url: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "oidc-provider-mock did not start"
        with contextlib.suppress(OSError):
            get(f"{url}/.well-known/openid-configuration")
            return
        time.sleep(0.05)
    raise AssertionError("oidc-provider-mock did not answer")
