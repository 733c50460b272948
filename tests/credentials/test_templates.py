"""Addresses with placeholders, and Azure's api-version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.credentials import access, accounts, sign
from nbprovider.credentials.places import Places
from nbprovider.errors import ConfigError
from nbprovider.types import Call, Message, Request, Text

KEY = "seededAzureKey0123456789"
HOST = "https://res-1.openai.azure.com"
HELLO = (Message("user", (Text("Hello"),)),)


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    return monkeypatch


def asked(name: str, model: str, *, stream: bool = True) -> Request:
    way = access(name)
    endpoint = way.endpoint.speaking(model)
    protocol = protocols.load(endpoint.provider.protocol)
    built = protocol.build(Call(model, HELLO, stream=stream), endpoint)
    assert isinstance(built, Request)
    return sign(built, way)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"AZURE_RESOURCE_NAME": "res-1"}, f"{HOST}/openai/v1/chat/completions"),
        ({"AZURE_OPENAI_ENDPOINT": f"{HOST}/"}, f"{HOST}/openai/v1/chat/completions"),
        ({"AZURE_OPENAI_BASE_URL": f"{HOST}/openai/v1/"}, f"{HOST}/openai/v1/chat/completions"),
        (
            {"AZURE_OPENAI_ENDPOINT": HOST, "OPENAI_API_VERSION": "2024-10-21"},
            f"{HOST}/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
        ),
        (
            {"AZURE_RESOURCE_NAME": "res-1", "AZURE_OPENAI_API_VERSION": "2024-10-21"},
            f"{HOST}/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
        ),
        (
            {"AZURE_OPENAI_ENDPOINT": f"{HOST}/openai/v1", "OPENAI_API_VERSION": "2024-10-21"},
            f"{HOST}/openai/v1/chat/completions",
        ),
        (
            {"AZURE_OPENAI_ENDPOINT": HOST, "OPENAI_API_VERSION": "preview"},
            f"{HOST}/openai/v1/chat/completions",
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": f"{HOST}/openai/deployments/mine/chat/completions"
                "?api-version=2025-01-01-preview"
            },
            f"{HOST}/openai/deployments/mine/chat/completions?api-version=2025-01-01-preview",
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": f"{HOST}/openai/deployments/mine",
                "OPENAI_API_VERSION": "2024-10-21",
            },
            f"{HOST}/openai/deployments/mine/chat/completions?api-version=2024-10-21",
        ),
    ],
)
def test_azures_addresses_are_understood_as_its_own_clients_do(
    azure: pytest.MonkeyPatch, variables: dict[str, str], url: str
) -> None:
    for name, value in variables.items():
        azure.setenv(name, value)
    request = asked("azure", "my gpt")
    assert request.url == url
    assert request.headers["api-key"] == KEY
    assert json.loads(request.body)["model"] == "my gpt"


def test_azures_models_are_listed_beside_the_deployments(azure: pytest.MonkeyPatch) -> None:
    azure.setenv("AZURE_OPENAI_ENDPOINT", HOST)
    azure.setenv("OPENAI_API_VERSION", "2024-10-21")
    request = protocols.load("openai_chat").models(access("azure").endpoint)
    assert request.url == f"{HOST}/openai/models?api-version=2024-10-21"


def test_azures_responses_are_asked_beside_the_deployments(azure: pytest.MonkeyPatch) -> None:
    azure.setenv("AZURE_OPENAI_ENDPOINT", HOST)
    azure.setenv("OPENAI_API_VERSION", "2025-03-01-preview")
    request = protocols.load("openai_responses").build(Call("m", HELLO), access("azure").endpoint)
    assert isinstance(request, Request)
    assert request.url == f"{HOST}/openai/responses?api-version=2025-03-01-preview"


def test_a_token_of_entra_is_a_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "eyJseeded.entra.token")
    monkeypatch.setenv("AZURE_RESOURCE_NAME", "res-1")
    headers = asked("azure", "m").headers
    assert headers["Authorization"] == "Bearer eyJseeded.entra.token"
    assert "api-key" not in headers


@pytest.mark.parametrize(
    "version",
    ["2024&x=1", "2024/../..", "2024#", "a b"],
    ids=["query", "path", "fragment", "space"],
)
def test_a_version_that_is_none_does_not_get_into_the_address(
    azure: pytest.MonkeyPatch, version: str
) -> None:
    azure.setenv("AZURE_OPENAI_ENDPOINT", HOST)
    azure.setenv("OPENAI_API_VERSION", version)
    with pytest.raises(ConfigError, match="api_version") as caught:
        access("azure")
    assert "OPENAI_API_VERSION" in caught.value.hint


@pytest.mark.parametrize(
    "value", ["evil.example/", "a/b", "a:1@evil.example", "a?b", "a#b", "..", "-a", "a\\b", "ä"]
)
def test_a_value_that_would_lead_elsewhere_is_refused(
    azure: pytest.MonkeyPatch, value: str
) -> None:
    azure.setenv("AZURE_RESOURCE_NAME", value)
    with pytest.raises(ConfigError, match="cannot be part of an address"):
        access("azure")


@pytest.mark.usefixtures("azure")
def test_a_missing_value_names_its_variables_also_in_the_list_of_accounts() -> None:
    with pytest.raises(ConfigError, match="needs to know its resource") as caught:
        access("azure")
    assert "AZURE_RESOURCE_NAME" in caught.value.hint
    (problem,) = [one.problem for one in accounts() if one.provider == "azure"]
    assert "AZURE_RESOURCE_NAME" in problem


def test_an_address_with_another_query_is_refused(azure: pytest.MonkeyPatch) -> None:
    azure.setenv("AZURE_OPENAI_ENDPOINT", f"{HOST}/?api-version=2024-10-21&sig=abc")
    with pytest.raises(ConfigError, match="goes on after its path"):
        access("azure")


@pytest.mark.usefixtures("azure")
def test_an_address_of_a_dotenv_file_gets_no_key_from_elsewhere() -> None:
    Path(".env").write_text("AZURE_OPENAI_ENDPOINT=https://evil.example.org\n")
    with pytest.raises(ConfigError, match="the key is not sent there"):
        access("azure")


@pytest.mark.parametrize(
    ("location", "root"),
    [
        ("", "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global"),
        ("global", "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global"),
        (
            "europe-west4",
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4",
        ),
        ("us", "https://aiplatform.us.rep.googleapis.com/v1/projects/p-1/locations/us"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu"),
    ],
)
def test_vertex_has_an_address_for_each_location(
    monkeypatch: pytest.MonkeyPatch, location: str, root: str
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p-1")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", location)
    provider = catalog.find("vertex")
    at = Endpoint(provider, Places().base_url(provider))
    gemini = at.speaking("gemini-3.8-flash")
    built = protocols.load("gemini").build(Call("gemini-3.8-flash", HELLO), gemini)
    verb = "streamGenerateContent?alt=sse"
    assert built.url == f"{root}/publishers/google/models/gemini-3.8-flash:{verb}"
    named = protocols.load("gemini").build(
        Call("publishers/google/models/gemini-x", HELLO, stream=False), gemini
    )
    assert named.url == f"{root}/publishers/google/models/gemini-x:generateContent"


@pytest.mark.parametrize(("stream", "verb"), [(True, "streamRawPredict"), (False, "rawPredict")])
def test_claude_on_vertex_is_named_in_the_path_and_not_in_the_body(
    monkeypatch: pytest.MonkeyPatch, *, stream: bool, verb: str
) -> None:
    project = "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global"
    monkeypatch.setenv("GOOGLE_VERTEX_API_KEY", "AQ.seeded0123456789")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", project)
    model = "claude-sonnet-4-5@20250929"
    request = asked("vertex", model, stream=stream)
    assert request.url == f"{project}/publishers/anthropic/models/{model}:{verb}"
    body = json.loads(request.body)
    assert "model" not in body
    assert body["anthropic_version"] == "vertex-2023-10-16"
    assert body.get("stream", False) is stream


def test_an_express_key_asks_gemini_without_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_API_KEY", "AQ.seeded0123456789")
    request = asked("vertex", "gemini-3.8-flash")
    root = "https://aiplatform.googleapis.com/v1/publishers/google/models"
    assert request.url == f"{root}/gemini-3.8-flash:streamGenerateContent?alt=sse"
    assert request.headers["x-goog-api-key"] == "AQ.seeded0123456789"


def test_cloudflares_account_is_part_of_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "seeded0123456789")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "abc123")
    url = "https://api.cloudflare.com/client/v4/accounts/abc123/ai/v1"
    assert access("cloudflare").endpoint.base_url == url
