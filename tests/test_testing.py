"""Each rule for protocols can fail: a broken one for every rule."""

from __future__ import annotations

import importlib
import json
import os
import types
from pathlib import Path

import pytest
from msgspec.structs import replace

from nbprovider.catalog import Provider
from nbprovider.errors import ProviderError, UsageError
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.faults import unreadable
from nbprovider.testing import Samples, check_protocol
from nbprovider.testing.protocol import RULES
from nbprovider.testing.samples import Subject
from nbprovider.types import Delta, Finish, Request, Text
from somebody_elses import State, build, close, error, events, models, parse_models, whole

SAMPLES = Samples(
    ('{"say":"H"}\n', '{"say":"i"}\n', '{"end":"over and out"}\n'),
    2,
    '{"say":"Hi","end":"over and out"}',
    {"names": ["m"]},
)


NAMES = (State, build, events, whole, close, error, models, parse_models)


def protocol(**changes):
    """Return a protocol that keeps every rule, but for these changes; None takes a name away."""
    made = types.SimpleNamespace(FRAMING="ndjson", **{one.__name__: one for one in NAMES})
    for name, value in changes.items():
        setattr(made, name, value)
        if value is None:
            delattr(made, name)
    return made


class Unfinished(State):
    def __init__(self, call, provider):
        self.done = None


class Shared:
    said: list = []  # noqa: RUF012 - the very mistake that is looked for

    def __init__(self, call, provider):
        self.done = False
        self.said.clear()


def counted(payload, state):
    state.said.append(payload)
    if "say" in payload:
        yield Delta(0, Text(payload["say"]))
    if "end" in payload:
        yield Finish("stop", "mixed" if len(state.said) > len(SAMPLES.stream) else payload["end"])


def request(url="{at}/echo", method="POST", headers=(), body=None):
    """Return a `build` that makes such a request."""

    def made(call, endpoint):
        sent = build(call, endpoint).body if body is None else body
        return Request(method, url.format(at=endpoint.base_url), dict(headers), sent)

    return made


def restless():
    numbers = iter(range(100))

    def made(call, endpoint):
        asked = build(call, endpoint)
        return Request("POST", f"{asked.url}?n={next(numbers)}", {}, asked.body)

    return made


def nameless(call, endpoint):
    if call.options.given():
        raise UsageError("No.")
    return build(call, endpoint)


def altered(call, endpoint):
    body = json.dumps({"given": bool(call.options.given())}).encode()
    return Request("POST", f"{endpoint.base_url}/echo", {}, body)


def with_key(call, endpoint):
    asked = build(call, endpoint)
    return Request("POST", asked.url, {"x-note": os.environ.get("ECHO_KEY", "")}, asked.body)


def finishing(state):
    yield Finish("stop")


def never_stopping(payload, state):
    yield Delta(0, Text("Hi"))
    yield Finish("length")


def of_one_kind(status, headers, body):
    return ProviderError("It failed.", hint="Try again.", status=status)


def breaking(status, headers, body):
    return unreadable(status, headers, json.loads(body))


def hintless(status, headers, body):
    failed = unreadable(status, headers, body)
    failed.hint = ""
    return failed


def statusless(status, headers, body):
    failed = unreadable(status, headers, body)
    failed.status = None
    return failed


BROKEN_PROTOCOLS = {
    "close: is there": {"close": None},
    r"models: has the parameters \(endpoint, after\)": {"models": lambda endpoint: None},
    "FRAMING: one that there is": {"FRAMING": "csv"},
    "State: is there": {"State": None},
    "State: `done` is False": {"State": Unfinished},
    "events: the sample stream is read": {"events": lambda payload, state: iter([payload["no"]])},
    "whole: the sample body is read": {
        "FRAMING": "ndjson",
        "whole": lambda payload, state: iter(()),
    },
    "Finish.'stop'.": {"events": never_stopping},
    "State: .* share nothing": {"State": Shared, "events": counted},
    "end is Unavailable|no Finish made up": {"close": finishing},
    "error: status 401 with nothing is Unauthorized: ProviderError": {"error": of_one_kind},
    "error: .*JSONDecodeError": {"error": breaking},
    "message and a hint": {"error": hintless},
    "knows its status": {"error": statusless},
    "models: a list is got": {"models": lambda endpoint, after=None: Request("POST", "", {})},
    "models: at the base URL": {"models": lambda endpoint, after=None: Request("GET", "/m", {})},
    "parse_models: gives Listed": {"parse_models": lambda payload: Page(("m",))},
    "parse_models: the models by id": {"parse_models": lambda payload: Page(())},
    "names no next one": {"parse_models": lambda payload: Page((Listed("m"),), "more")},
    "build: the same call": {"build": restless()},
    "build: the key is put on later": {"build": with_key},
    "build: a question is posted": {"build": request(method="GET")},
    "build: the address is below": {"build": request(url="http://127.0.0.1:9/else")},
    "build: the body is a JSON object": {"build": request(body=b"[]")},
    "build: the body is a JSON object: .*malformed": {"build": request(body=b"x")},
    "build: no header of the key's": {"build": request(headers={"X-Api-Key": ""}.items())},
    "'max_tokens' is sent, or refused by name: No.": {"build": nameless},
    "'max_tokens' .*: it makes no difference": {"build": request(body=b"{}")},
    "'max_tokens' .*is not in the body": {"build": altered},
}


def test_a_protocol_that_keeps_every_rule_passes() -> None:
    check_protocol(protocol(), SAMPLES)
    check_protocol(protocol(), replace(SAMPLES, listed=None))


@pytest.mark.parametrize(("rule", "changes"), BROKEN_PROTOCOLS.items(), ids=BROKEN_PROTOCOLS)
def test_a_protocol_that_breaks_a_rule_is_told_which(rule, changes) -> None:
    provider = Provider("echo", "Echo", "echo", env=("ECHO_KEY",), default_model="m")
    with pytest.raises(AssertionError, match=rule):
        check_protocol(protocol(**changes), SAMPLES, provider)


def breaks(rule, *subject) -> bool:
    """Say whether a rule is broken; another one may be that it builds upon."""
    try:
        rule(*subject)
    except AssertionError:
        return True
    except Exception:  # noqa: BLE001 - what an earlier rule would have found
        return False
    return False


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_a_protocol_is_broken_by_one_of_these(rule) -> None:
    speaker = Provider("echo", "Echo", "echo", env=("ECHO_KEY",), default_model="m")
    made = [Subject(protocol(**changes), SAMPLES, speaker) for changes in BROKEN_PROTOCOLS.values()]
    assert any(breaks(rule, subject) for subject in made)
    assert not breaks(rule, Subject(protocol(), SAMPLES, speaker))


def test_no_test_runner_is_needed() -> None:
    for name in ("protocol", "provider", "factory", "replies", "asking", "samples", "rule"):
        module = importlib.import_module(f"nbprovider.testing.{name}")
        assert "pytest" not in Path(module.__file__).read_text(encoding="utf-8")
