"""Google's tokens: from a service account's key, by a token server on loopback."""

from __future__ import annotations

import base64
import builtins
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from nbprovider import catalog, credentials
from nbprovider.credentials import access, google, sign
from nbprovider.errors import ConfigError, MissingKey, Unauthorized, Unreachable
from nbprovider.types import Request

TOKEN = "ya29.seeded-access-token-0123456789"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
REQUEST = Request("POST", "https://host/x", {"content-type": "application/json"}, b"{}")


class TokenServer(HTTPServer):
    """Answers each request for a token with `status` and `answer`, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.asked: list[dict[str, list[str]]] = []
        self.status = 200
        self.answer: dict[str, Any] = {"access_token": TOKEN, "expires_in": 3600}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class _Asked(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.asked.append(parse_qs(body))
        answer = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave google-auth neither a metadata server nor what was found before."""
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    google._kept.clear()


@pytest.fixture
def account(server: TokenServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the key file of a service account of our own making."""
    pem = KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = {
        "type": "service_account",
        "project_id": "seeded-project",
        "private_key_id": "k1",
        "private_key": pem.decode(),
        "client_email": "robot@seeded-project.iam.gserviceaccount.com",
        "token_uri": server.url,
    }
    path = tmp_path / "account.json"
    path.write_text(json.dumps(told))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return path


@pytest.mark.usefixtures("account")
def test_a_service_account_is_asked_for_a_token_which_signs(server: TokenServer) -> None:
    signed = sign(REQUEST, access("vertex"))
    assert signed.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "x-goog-api-key" not in signed.headers
    (asked,) = server.asked
    assert asked["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    head, claims, signature = asked["assertion"][0].split(".")
    KEY.public_key().verify(
        _decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    told = json.loads(_decoded(claims))
    assert told["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert told["iss"].startswith("robot@")
    assert told["exp"] - told["iat"] <= 3600


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.usefixtures("account")
def test_a_token_is_kept_until_it_runs_out(server: TokenServer) -> None:
    access("vertex")
    access("vertex")
    assert len(server.asked) == 1
    (kept,) = google._kept.values()
    kept.expiry = kept.expiry.replace(year=2020)
    access("vertex")
    assert len(server.asked) == 2


@pytest.mark.usefixtures("account")
def test_the_project_comes_from_the_key_file_and_the_location_is_global() -> None:
    project = "https://aiplatform.googleapis.com/v1/projects/seeded-project/locations/global"
    assert access("vertex").endpoint.base_url == project


@pytest.mark.usefixtures("account")
def test_nothing_shows_the_token_and_redaction_knows_it() -> None:
    way = access("vertex")
    assert TOKEN not in repr(way)
    assert TOKEN not in credentials.redact(f"x {TOKEN} y")


def test_credentials_of_a_user_name_the_project_that_pays(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = {
        "type": "authorized_user",
        "client_id": "id",
        "client_secret": "hush",
        "refresh_token": "seeded-refresh",
        "token_uri": server.url,
        "quota_project_id": "paying-project",
    }
    path = tmp_path / "user.json"
    path.write_text(json.dumps(told))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    signed = _signed_by_the_user(server, monkeypatch)
    assert signed.headers["Authorization"] == f"Bearer {TOKEN}"
    assert signed.headers["x-goog-user-project"] == "paying-project"


def test_other_kinds_of_credentials_are_not_taken_from_a_dotenv_file(tmp_path: Path) -> None:
    """They could name any file to be read and sent to any server."""
    told = {"type": "external_account", "credential_source": {"file": "/etc/passwd"}}
    (tmp_path / "odd.json").write_text(json.dumps(told))
    Path(".env").write_text(
        f"GOOGLE_APPLICATION_CREDENTIALS={tmp_path / 'odd.json'}\nGOOGLE_CLOUD_PROJECT=p\n"
    )
    with pytest.raises(ConfigError, match="'external_account' have to be set in the environment"):
        access("vertex")


def _signed_by_the_user(server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> Request:
    """Sign with google-auth's own address for users' tokens led to loopback: no file sets it."""
    import google.oauth2.credentials as of_users

    monkeypatch.setattr(of_users, "_GOOGLE_OAUTH2_TOKEN_ENDPOINT", server.url)
    return sign(REQUEST, access("vertex"))


@pytest.mark.usefixtures("account")
def test_refused_credentials_are_unauthorized_with_googles_words(server: TokenServer) -> None:
    server.status = 400
    server.answer = {"error": "invalid_grant", "error_description": "Account was deleted"}
    with pytest.raises(Unauthorized, match="Account was deleted") as caught:
        access("vertex")
    assert "gcloud auth" in caught.value.hint


def test_a_token_server_that_is_away_is_unreachable(account: Path) -> None:
    told = json.loads(account.read_text())
    account.write_text(json.dumps(told | {"token_uri": "http://127.0.0.1:9/token"}))
    with pytest.raises(Unreachable, match="could not be asked"):
        access("vertex")


@pytest.mark.parametrize(
    "text", ["", "{", '{"type": "service_account"}', '{"type": "novel"}', "[]"]
)
def test_a_file_that_is_no_credentials_is_named(
    account: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    account.write_text(text)
    with pytest.raises(ConfigError, match=r"account\.json"):
        access("vertex")


def test_a_key_file_with_a_broken_key_is_named(account: Path) -> None:
    told = json.loads(account.read_text())
    account.write_text(json.dumps(told | {"private_key": "nonsense"}))
    with pytest.raises(ConfigError, match=r"account\.json"):
        access("vertex")


def test_a_key_is_enough_and_needs_no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_API_KEY", "AQ.seeded0123456789")
    way = access("vertex")
    assert way.endpoint.base_url == "https://aiplatform.googleapis.com/v1"
    assert sign(REQUEST, way).headers["x-goog-api-key"] == "AQ.seeded0123456789"


def test_a_missing_project_names_its_variables() -> None:
    with pytest.raises(ConfigError, match="project") as caught:
        access("vertex")
    assert "GOOGLE_CLOUD_PROJECT or GOOGLE_VERTEX_PROJECT" in caught.value.hint


def test_no_credentials_at_all_name_every_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    names = "GOOGLE_VERTEX_API_KEY, GOOGLE_APPLICATION_CREDENTIALS"
    with pytest.raises(MissingKey, match=names):
        access("vertex")


@pytest.mark.usefixtures("account")
def test_without_google_auth_the_extra_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("google."):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigError, match="not installed") as caught:
        access("vertex")
    assert "pip install 'nbprovider[google]'" in caught.value.hint


@pytest.mark.usefixtures("account")
def test_an_address_of_a_dotenv_file_gets_no_token() -> None:
    """A file that comes with a folder must not lead this computer's credentials to anybody."""
    Path(".env").write_text("GOOGLE_VERTEX_BASE_URL=https://evil.example.org/v1\n")
    with pytest.raises(ConfigError, match="the key is not sent there"):
        access("vertex")


@pytest.mark.usefixtures("account", "server")
def test_an_account_is_found_by_its_key_file() -> None:
    found = {one.provider: one for one in credentials.accounts()}
    assert found["vertex"].source == "environment GOOGLE_APPLICATION_CREDENTIALS"
    assert catalog.find("vertex").signing == "google"
