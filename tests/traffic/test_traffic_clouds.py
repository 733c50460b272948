"""What is recorded of Bedrock, Azure and Vertex was asked at the addresses that we make."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.credentials.places import Places
from nbprovider.types import Call, Message, Request, Text
from recorded import Record, records

pytestmark = pytest.mark.traffic

HELLO = (Message("user", (Text("Hello"),)),)


def asked(name: str, model: str, record: Record) -> str:
    """Return the address at which we would ask the record's model, without its scheme."""
    provider = catalog.find(name)
    endpoint = Endpoint(provider, Places().base_url(provider)).speaking(model)
    protocol = protocols.load(endpoint.provider.protocol)
    request = protocol.build(Call(model, HELLO, stream=record["streamed"]), endpoint)
    assert isinstance(request, Request)
    return unquote(request.url.removeprefix("https://"))


def found(traffic: str, provider: str, pattern: str) -> list[tuple[Record, dict[str, str]]]:
    """Return the provider's records with the named parts of their addresses."""
    matched = [
        (one, re.fullmatch(pattern, unquote(one["url"])))
        for one in records(traffic)
        if one["provider"] == provider
    ]
    return [(one, parts.groupdict()) for one, parts in matched if parts]


def test_bedrocks_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = r"bedrock-runtime\.(?P<region>[\w-]+)\.amazonaws\.com/model/(?P<model>.+)/[\w-]+"
    checked = found("bedrock-converse", "bedrock", pattern)
    assert len(checked) == len(records("bedrock-converse"))
    for record, parts in checked:
        monkeypatch.setenv("AWS_REGION", parts["region"])
        # A refusal to stream is recorded as a whole body.
        url = asked("bedrock", parts["model"], record | {"streamed": "-stream" in record["url"]})
        assert url == unquote(record["url"])


def test_azures_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    old = r"(?P<host>[\w.-]+)//?openai/deployments/(?P<model>.+)/chat/.*=(?P<version>[\w-]+)"
    new = r"(?P<host>[\w.-]+)/openai/v1/chat/completions"
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "seeded0123456789")
    checked = [*found("openai-chat", "azure", old), *found("openai-chat", "azure", new)]
    for record, parts in checked:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"https://{parts['host']}")
        monkeypatch.setenv("OPENAI_API_VERSION", parts.get("version", ""))
        url = asked("azure", parts.get("model", "m"), record)
        assert url == unquote(record["url"]).replace("//", "/")
    assert len(checked) == len([r for r in records("openai-chat") if r["provider"] == "azure"])


@pytest.mark.parametrize("traffic", ["gemini", "anthropic-messages"])
def test_vertexs_addresses(monkeypatch: pytest.MonkeyPatch, traffic: str) -> None:
    """The path is that of the recordings; of the API's versions ours is the stable one."""
    place = r"(?:/projects/(?P<project>[\w-]+)/locations/(?P<location>[\w-]+))?"
    verb = r"[\w]+(?:\?alt=sse)?"
    pattern = rf"[\w.-]+/v1(?:beta1)?{place}/publishers/\w+/models/(?P<model>[^:]+):{verb}"
    checked = found(traffic, "vertex", pattern)
    assert checked
    for record, parts in checked:
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", parts["project"] or "")
        monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", parts["location"] or "")
        monkeypatch.setenv("GOOGLE_VERTEX_API_KEY", "" if parts["project"] else "AQ.seeded01234567")
        streamed = {"streamed": "stream" in record["url"]}
        url = asked("vertex", parts["model"], record | streamed)
        assert url == unquote(record["url"]).replace("/v1beta1/", "/v1/")
