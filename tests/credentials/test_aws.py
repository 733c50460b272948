"""SigV4: the same signature as AWS's own client's, from the credentials that AWS's tools know."""

from __future__ import annotations

import builtins
import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from nbprovider import catalog, credentials
from nbprovider.catalog import Endpoint
from nbprovider.credentials import access, aws, sign
from nbprovider.errors import ConfigError, MissingKey
from nbprovider.protocols import bedrock
from nbprovider.types import Call, Message, Request, Text
from sigv4 import signature

ID = "AKIDEXAMPLE00000SEED"
SECRET = "wJalrSEEDED/K7MDENG+bPxRfiCYzzEXAMPLEKEY"
TOKEN = "seeded-session-token-0123456789=="
MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
NOW = dt.datetime(2026, 11, 21, 13, 0, 0)  # noqa: DTZ001 - as botocore's clock tells it


@pytest.fixture(autouse=True)
def _no_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave botocore neither this machine's files nor the metadata service."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    aws._chains.clear()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: NOW)


def request() -> Request:
    endpoint = Endpoint(catalog.find("bedrock"), "https://bedrock-runtime.eu-west-1.amazonaws.com")
    return bedrock.build(Call(MODEL, (Message("user", (Text("Hello"),)),), stream=False), endpoint)


def sent_by_the_sdk() -> Any:
    """Return the request that AWS's own client sends for the same call, without a network."""
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        raw = type("Raw", (), {"stream": lambda *_, **__: [b"{}"], "read": lambda *_: b"{}"})()
        return AWSResponse(request.url, 200, {"content-type": "application/json"}, raw)

    client = botocore.session.Session().create_client("bedrock-runtime", region_name="eu-west-1")
    client.meta.events.register("before-send.bedrock-runtime", answer)
    client.converse(modelId=MODEL, messages=[{"role": "user", "content": [{"text": "Hello"}]}])
    return sent[0]


@pytest.mark.usefixtures("keys", "clock")
def test_the_signature_is_that_of_awss_own_client() -> None:
    """The same headers and body are given the same signature, at the same second."""
    theirs = sent_by_the_sdk()
    told = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in theirs.headers.items()
    }
    authorization = told.pop("Authorization")
    assert "content-type;host;x-amz-date;x-amz-security-token" in authorization
    plain = {"content-type": told["Content-Type"]}
    ours = sign(Request("POST", theirs.url, plain, theirs.body), access("bedrock")).headers
    assert ours["Authorization"] == authorization
    added = {"X-Amz-Date", "X-Amz-Security-Token"}
    assert {name: ours[name] for name in added} == {name: told[name] for name in added}


@pytest.mark.usefixtures("keys")
def test_our_url_is_that_of_awss_own_client() -> None:
    assert request().url == sent_by_the_sdk().url


@pytest.mark.usefixtures("keys")
def test_the_signature_is_what_awss_description_says() -> None:
    """Signed by hand: the path is encoded once more, and the body's hash is in it."""
    signed = sign(request(), access("bedrock"))
    url = urlsplit(signed.url)
    headers = {name.lower(): value for name, value in signed.headers.items()} | {"host": url.netloc}
    assert "%3A" in url.path
    assert "x-amz-security-token" in headers["authorization"]
    found, right = signature("POST", url.path, headers, signed.body, SECRET)
    assert found == right
    _, other = signature("POST", url.path, headers, signed.body + b" ", SECRET)
    assert found != other


def test_the_mantle_host_is_signed_for_as_a_service_of_its_own() -> None:
    signer = aws.SigV4(ID, SECRET, None, "us-east-1")
    url = "https://bedrock-mantle.us-east-1.api.aws/openai/v1/models"
    signed = signer(Request("GET", url, {}))
    assert "/us-east-1/bedrock-mantle/aws4_request" in signed.headers["Authorization"]


def test_a_bearer_key_replaces_signatures(monkeypatch: pytest.MonkeyPatch, keys: None) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ABSK-seeded-0123456789")
    way = access("bedrock")
    assert way.signer is None
    assert sign(request(), way).headers["Authorization"] == "Bearer ABSK-seeded-0123456789"


@pytest.mark.usefixtures("keys")
def test_nothing_shows_the_secret_and_redaction_knows_it() -> None:
    way = access("bedrock")
    assert SECRET not in repr(way)
    assert TOKEN not in repr(way)
    assert SECRET not in credentials.redact(f"x {SECRET} y")
    assert TOKEN not in credentials.redact(f"x {TOKEN} y")


def test_a_profile_of_awss_own_files_is_used_with_its_region(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = f"[work]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"
    (tmp_path / "credentials").write_text(profile)
    (tmp_path / "config").write_text("[profile work]\nregion = ap-south-1\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    way = access("bedrock")
    assert way.endpoint.base_url == "https://bedrock-runtime.ap-south-1.amazonaws.com"
    assert f"{ID}/" in sign(request(), way).headers["Authorization"]


def test_keys_of_a_dotenv_file_sign() -> None:
    Path(".env").write_text(
        f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\nAWS_REGION=us-east-2\n"
    )
    way = access("bedrock")
    assert "/us-east-2/bedrock/" in sign(request(), way).headers["Authorization"]


def test_an_unknown_profile_is_named_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with pytest.raises(MissingKey, match="nowhere") as caught:
        access("bedrock")
    assert "aws sso login" in caught.value.hint


def test_no_credentials_at_all_name_every_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with pytest.raises(MissingKey, match="AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID"):
        access("bedrock")


def test_a_missing_region_names_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ABSK-seeded-0123456789")
    with pytest.raises(ConfigError, match="region") as caught:
        access("bedrock")
    assert "AWS_REGION or AWS_DEFAULT_REGION" in caught.value.hint


@pytest.mark.usefixtures("keys")
def test_an_address_of_ones_own_needs_a_region_for_the_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
    assert access("bedrock").endpoint.base_url == url
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(ConfigError, match="part of the signature"):
        access("bedrock")


def without_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "botocore":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)


def test_without_botocore_and_credentials_a_key_is_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_botocore(monkeypatch)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with pytest.raises(MissingKey, match="AWS_BEARER_TOKEN_BEDROCK"):
        access("bedrock")


@pytest.mark.usefixtures("keys")
def test_without_botocore_the_extra_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_botocore(monkeypatch)
    with pytest.raises(ConfigError, match="not installed") as caught:
        access("bedrock")
    assert "pip install 'nbprovider[aws]'" in caught.value.hint


@pytest.mark.usefixtures("keys")
def test_an_account_is_found_by_its_variables_and_stands_behind_those_with_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk_seeded0123456789")
    found = {one.provider: one for one in credentials.accounts()}
    assert found["bedrock"].source == "environment AWS_ACCESS_KEY_ID"
    assert found["bedrock"].base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    clouds = [one for one in found if one in {"groq", "bedrock"}]
    assert clouds == ["groq", "bedrock"]
