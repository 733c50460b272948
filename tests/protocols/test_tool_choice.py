"""A choice among tools that cannot be met is refused before anything is sent."""

from __future__ import annotations

import pytest

from nbprovider import protocols
from nbprovider.catalog import Endpoint, Provider
from nbprovider.catalog.files import OURS, parse
from nbprovider.errors import UsageError
from nbprovider.types import Call, Message, Text, Tool

ASK = (Message("user", (Text("hi"),)),)
TOOL = Tool("add", "Add two numbers.", {"type": "object", "properties": {}})
SPEAKERS = {one.protocol: one for one in map(parse, sorted(OURS.glob("*.toml")))}

every_protocol = pytest.mark.parametrize("provider", SPEAKERS.values(), ids=SPEAKERS)


@every_protocol
@pytest.mark.parametrize(("choice", "tools"), [("required", ()), ("sing", (TOOL,)), ("add", ())])
def test_a_tool_that_is_not_there_cannot_be_demanded(
    provider: Provider, choice: str, tools: tuple[Tool, ...]
) -> None:
    call = Call(provider.default_model or "m", ASK, tools=tools, tool_choice=choice)
    endpoint = Endpoint(provider, provider.base_url or "http://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"tool"):
        protocols.load(provider.protocol).build(call, endpoint)
