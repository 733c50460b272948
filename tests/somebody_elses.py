"""A protocol of somebody else: {"say": words} a line, and {"end": reason} at the end."""

from __future__ import annotations

import json

from nbprovider.errors import UsageError
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.faults import unreadable
from nbprovider.types import Delta, Finish, Request, Text

FRAMING = "ndjson"


class State:
    def __init__(self, call, provider):
        self.done = False


def build(call, endpoint):
    for name in call.options.given():
        if name != "seed":
            raise UsageError(f"Echo does not take the option {name!r}.")
    body = {"hear": call.messages[-1].text, **call.options.given()}
    return Request("POST", f"{endpoint.base_url}/echo", {}, json.dumps(body).encode())


def events(payload, state):
    if "say" in payload:
        yield Delta(0, Text(payload["say"]))
    if "end" in payload:
        yield Finish("stop", payload["end"])


def whole(payload, state):
    return events(payload, state)


def close(state):
    return iter(())


def error(status, headers, body):
    return unreadable(status, headers, body)


def models(endpoint, after=None):
    return Request("GET", f"{endpoint.base_url}/models", {})


def parse_models(payload):
    return Page(tuple(Listed(name) for name in payload["names"]))
