"""Each check that is given to third parties can fail: a broken one for every rule."""

from __future__ import annotations

import contextlib
import importlib
import json
import types
from pathlib import Path

import pytest
from msgspec.structs import replace

from nbprovider.catalog import ModelList, Provider, files
from nbprovider.errors import ConfigError, ProviderError, UsageError
from nbprovider.protocols import objects
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.faults import unreadable
from nbprovider.testing import Samples, check_factory, check_protocol, check_provider
from nbprovider.testing import factory as factory_rules
from nbprovider.testing import protocol as protocol_rules
from nbprovider.testing import provider as provider_rules
from nbprovider.testing.samples import Subject
from nbprovider.types import Delta, Finish, Request, Started, Text
from nbprovider.types.call import Route

SAMPLES = Samples(
    ('{"say":"H"}\n', '{"say":"i"}\n', '{"end":"over and out"}\n'),
    2,
    '{"say":"Hi","end":"over and out"}',
    {"names": ["m"]},
)


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
    import os

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


GOOD = Provider(
    "river",
    "River",
    "openai_chat",
    base_url="https://api.river.example/v1",
    env=("RIVER_API_KEY",),
    key_url="https://river.example/keys",
    default_model="delta-2",
    model_prefixes=("rvr",),
)
FILE = """
name = "River"
protocol = "openai_chat"
base_url = "https://api.river.example/v1"
env = ["RIVER_API_KEY"]
key_url = "https://river.example/keys"
default_model = "delta-2"
[guide]
pick_for = "rivers"
steps = ["Sign in."]
cost = "nothing"
"""

BROKEN_FILES = {
    "file: .*telepathy": ('"openai_chat"', '"telepathy"'),
    "quirks_in: for other protocols": ("[guide]", "[quirks_in.gemini]\n[guide]"),
    "file: .*says how|file: .*how the key is sent": ("env =", 'auth = "X-Key"\nenv ='),
    "auth_by_env: variables of": ("env =", 'auth_by_env = { OTHER = "X: {key}" }\nenv ='),
    "file: .*no regular expression": ("[guide]", '[models]\nchat = "("\n[guide]'),
    "file: .*colour": ("env =", 'colour = "blue"\nenv ='),
    "file: .*silence": ("env =", 'silence = "long"\nenv ='),
    "key_prefix: the longer": ("env =", 'key_prefix = ["a", "ab"]\nenv ='),
    "model_prefixes: begin no other": ("env =", 'model_prefixes = ["claude"]\nenv ='),
    "models: .* not retired": ("[guide]", '[retired]\n"delta-2" = ""\n[guide]'),
    "recommended ones chat": ("[guide]", '[models]\nnot_chat = "delta"\n[guide]'),
    "guide.best: all three": ('cost = "nothing"', 'cost = "x"\nbest = { speed = "delta-2" }'),
    "models.static: has the default": ("[guide]", '[models]\nstatic = ["a"]\n[guide]'),
    "models.static: chat models": (
        "[guide]",
        '[models]\nstatic = ["delta-2", "embed"]\nnot_chat = "embed"\n[guide]',
    ),
    "a successor is not retired": ("[guide]", '[retired]\na = "b"\nb = "delta-2"\n[guide]'),
    "retiring: not retired already": (
        "[guide]",
        '[retired]\na = ""\n[retiring]\na = { on = 2031-05-01 }\n[guide]',
    ),
    "a successor lives longer": (
        "[guide]",
        '[retiring]\na = { on = 2031-05-01, successor = "b" }\nb = { on = 2031-04-01 }\n[guide]',
    ),
    "guide.pick_for": ('pick_for = "rivers"', ""),
    "guide.steps": ('steps = ["Sign in."]', ""),
    "guide.cost": ('cost = "nothing"', ""),
    "full stop": ("Sign in.", "Sign in"),
    "base_url: given": ('base_url = "https://api.river.example/v1"', ""),
    "no slash at its end": ("/v1", "/v1/"),
    "https, unless": ("https://api", "http://api"),
    "ends in base_path": ("env =", 'base_path = "/v2"\nenv ='),
    "nothing of base_drop": ("env =", 'base_drop = ["/v1"]\nenv ='),
    "env: the variable": ('env = ["RIVER_API_KEY"]', ""),
    "key_url: the page": ("https://river.example/keys", "river.example"),
    "default_model: a model": ('default_model = "delta-2"', ""),
    "quirks: rename and refuse": ("[guide]", '[quirks]\nrefuse = ["colour"]\n[guide]'),
    "service_models: for services": ("[guide]", '[service_models]\ntts = "x"\n[guide]'),
}


def test_a_provider_file_that_keeps_every_rule_passes(tmp_path: Path) -> None:
    path = tmp_path / "river.toml"
    path.write_text(FILE)
    check_provider(path)
    check_provider(str(path))


@pytest.mark.parametrize(("rule", "change"), BROKEN_FILES.items(), ids=BROKEN_FILES)
def test_a_provider_file_that_breaks_a_rule_is_told_which(rule, change, tmp_path) -> None:
    assert change[0] in FILE
    path = tmp_path / "river.toml"
    path.write_text(FILE.replace(change[0], change[1], 1))
    with pytest.raises(AssertionError, match=rule):
        check_provider(path)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("protocol: one that there is", {"protocol": "telepathy"}),
        ("auth: `Name: value", {"auth": "X-Key"}),
        ("regular expressions", {"models": ModelList(chat="(")}),
    ],
)
def test_a_provider_made_in_python_is_held_to_what_a_file_is_held_to_by_its_reader(rule, change):
    with pytest.raises(AssertionError, match=rule):
        check_provider(replace(GOOD, **change))


def spoke(*pieces):
    """Return a factory of objects that answer with these pieces."""
    return lambda model: lambda messages: iter(pieces)


def failing(model):
    def answer(messages):
        raise RuntimeError("no")

    return answer


def forgetful(model):
    """Answer one question only."""

    def answer(messages):
        if len(messages) > 1:
            return ""
        return "Hi"

    return answer


def alone(model):
    """Refuse to answer while another answer is on its way."""
    busy = alone.__dict__

    def answer(messages):
        if busy.get("busy"):
            raise RuntimeError("busy")
        busy["busy"] = True
        try:
            yield "H"
            yield "i"
        finally:
            busy["busy"] = False

    return answer


def unnamed(model):
    def answer(messages, options):
        if options.given():
            raise UsageError("No.")
        return "Hi"

    return answer


def crashing(model):
    def answer(messages, options):
        return "Hi" if not options.given() else options.colour

    return answer


START = Started(Route("a", "b", "c"), 1)

BROKEN_FACTORIES = {
    "factory: is called": "words",
    "factory: takes a model's name": lambda: None,
    "factory: gives what can be called": lambda model: model,
    "conversation is answered: .*RuntimeError": failing,
    "conversation is answered: .*not words": spoke(7),
    "conversation is answered: .*Started": spoke(START),
    "1 messages are answered in words": spoke(),
    "3 messages are answered in words": forgetful,
    "nothing follows a Finish": spoke("Hi", Finish("stop"), "and more"),
    "can be read in turns": alone,
    "'max_tokens' is taken, or refused by name: No.": unnamed,
    "'max_tokens' is taken, .*AttributeError": crashing,
}


def test_factories_that_keep_every_rule_pass() -> None:
    check_factory(spoke("H", "i"))
    check_factory(lambda model: lambda messages, options: "Hi")
    check_factory(spoke("Hi", Finish("stop")))
    assert factory_rules.KEY not in objects.FACTORIES


@pytest.mark.parametrize(("rule", "factory"), BROKEN_FACTORIES.items(), ids=BROKEN_FACTORIES)
def test_a_factory_that_breaks_a_rule_is_told_which(rule, factory) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_factory(factory)
    assert factory_rules.KEY not in objects.FACTORIES


def breaks(rule, *subject) -> bool:
    """Say whether a rule is broken; another one may be that it builds upon."""
    try:
        rule(*subject)
    except AssertionError:
        return True
    except Exception:  # noqa: BLE001 - what an earlier rule would have found
        return False
    return False


@pytest.mark.parametrize("rule", protocol_rules.RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_a_protocol_is_broken_by_one_of_these(rule) -> None:
    speaker = Provider("echo", "Echo", "echo", env=("ECHO_KEY",), default_model="m")
    made = [Subject(protocol(**changes), SAMPLES, speaker) for changes in BROKEN_PROTOCOLS.values()]
    assert any(breaks(rule, subject) for subject in made)
    assert not breaks(rule, Subject(protocol(), SAMPLES, speaker))


@pytest.mark.parametrize("rule", provider_rules.RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_a_provider_is_broken_by_one_of_these(rule, tmp_path) -> None:
    made = [GOOD, replace(GOOD, auth="X-Key"), replace(GOOD, models=ModelList(chat="("))]
    for number, (old, new) in enumerate(BROKEN_FILES.values()):
        path = tmp_path / f"river-{number}.toml"
        path.write_text(FILE.replace(old, new, 1))
        with contextlib.suppress(ConfigError):
            made.append(files.parse(path))
    assert any(breaks(rule, provider) for provider in made)


def test_no_test_runner_is_needed() -> None:
    for name in ("protocol", "provider", "factory", "replies", "asking", "samples", "rule"):
        module = importlib.import_module(f"nbprovider.testing.{name}")
        assert "pytest" not in Path(module.__file__).read_text(encoding="utf-8")
