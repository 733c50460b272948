"""A gateway with JSON of its own: two invented shapes, one whole and one streamed, over sockets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import nbprovider
from loopback import serving
from nbprovider import catalog, credentials
from nbprovider.catalog import Endpoint
from nbprovider.catalog.files import OURS, parse
from nbprovider.catalog.proxy import Answering, Asking, Counting, Proxy
from nbprovider.errors import (
    BadRequest,
    ConfigError,
    ContextTooLong,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
    UsageError,
)
from nbprovider.protocols import json_proxy
from nbprovider.protocols.json_paths import at, put
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Media, Message, Options, Text, Tool, Usage, fold

KEY = "acme-key-0123456789abcdef"
HELLO = (Message("user", (Text("Hello"),)),)

WHOLE = """
name = "Acme"
protocol = "json_proxy"
kind = "custom"
base_url = "{url}/ai"
auth = "X-Acme-Key: {{key}}"
env = ["ACME_KEY"]
default_model = "acme-1"

[quirks]
body = {{ tenant = "physics", settings = {{ safe = true }} }}

[headers]
X-Department = "physics"

[proxy]
path = "/engines/{{model}}/run"

[proxy.request]
prompt = "question.text"
system = "question.role"
options = {{ max_tokens = "settings.limit", temperature = "settings.heat" }}

[proxy.reply]
text = "result.outputs[0].text"
thinking = "result.outputs[0].why"
model = "engine"
id = "job"
finish = "result.ended"
reasons = {{ complete = "stop", cut = "length" }}
error = "problem.words"
code = "problem.kind"

[proxy.usage]
input = "meter.in"
output = "meter.out"
cache_read = "meter.cached"
cost = "meter.usd"
"""

STREAMED = """
name = "Borg"
protocol = "json_proxy"
kind = "custom"
base_url = "{url}"
env = ["BORG_KEY"]
default_model = "one"

[proxy]
path = "/ask"
stream_path = "/ask/live"
stream = "{framing}"

[proxy.request]
model = "who"
messages = "talk"
stream = "live"
role = "speaker"
content = "says"
roles = {{ assistant = "borg", user = "human" }}

[proxy.reply]
text = "says"
finish = "over"
error = "fault"

[proxy.delta]
text = "parts[-1].word"
"""

ANSWER = {
    "engine": "acme-1-2026",
    "job": "j7",
    "result": {"outputs": [{"text": "Hello, human", "why": "be kind"}], "ended": "complete"},
    "meter": {"in": 40, "out": 6, "cached": 30, "usd": 0.0004},
}


@pytest.fixture
def users(isolated, monkeypatch):
    """Write a provider file of the user's, and give its key."""
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)

    def write(name, text, **values):
        (folder / f"{name}.toml").write_text(text.format(**values))
        monkeypatch.setenv(f"{name.upper()}_KEY", KEY)
        catalog.forget()

    return write


def answering(body, status=200):
    return lambda peer: peer.whole(status, body)


def lines(*pieces, framing):
    def script(peer):
        peer.head(kind="text/event-stream" if framing == "sse" else "application/x-ndjson")
        for piece in pieces:
            text = piece if isinstance(piece, str) else json.dumps(piece)
            peer.chunk(f"data: {text}\n\n" if framing == "sse" else f"{text}\n")
        peer.end()

    return script


def last():
    return nbprovider.usage().iloc[-1]


def test_a_whole_answer_is_read_by_the_table(users):
    with serving(answering(ANSWER)) as server:
        users("acme", WHOLE, url=server.url)
        answer = nbprovider.ask("Hi", model="acme", system="Be kind", max_tokens=9)
    assert (answer.text, answer.thinking) == ("Hello, human", "be kind")
    assert (answer.model, answer.finish) == ("acme-1-2026", "stop")
    assert answer.usage == Usage(10, 6, 30, extra={"cost": 0.0004})
    assert (last().status, last().cost, last().cost_source) == ("ok", 0.0004, "provider")


def test_the_request_is_filled_by_the_table(users):
    with serving(answering(ANSWER)) as server:
        users("acme", WHOLE, url=server.url)
        nbprovider.ask("Hi", model="acme:big/one", system="Be kind", max_tokens=9)
    (request,) = server.requests
    assert request["path"] == "/ai/engines/big%2Fone/run"
    assert request["body"] == {
        "tenant": "physics",
        "settings": {"safe": True, "limit": 9},
        "question": {"text": "Hi", "role": "Be kind"},
    }
    assert request["headers"]["x-acme-key"] == KEY
    assert request["headers"]["x-department"] == "physics"
    assert "authorization" not in request["headers"]


@pytest.mark.parametrize("framing", ["sse", "ndjson"])
def test_a_stream_is_read_by_the_table(users, framing):
    pieces = [{"parts": [{"word": "old"}, {"word": word}]} for word in ("Hel", "lo")]
    script = lines(*pieces, {"over": "yes"}, framing=framing)
    with serving(script) as server:
        users("borg", STREAMED, url=server.url, framing=framing)
        answer = nbprovider.ask("Hi", model="borg")
    assert (answer.text, answer.finish) == ("Hello", "stop")
    assert server.requests[0]["path"] == "/ask/live"
    assert server.requests[0]["body"] == {
        "who": "one",
        "live": True,
        "talk": [{"speaker": "human", "says": "Hi"}],
    }
    assert last().cost_source == "unknown"


def test_a_conversation_is_a_list_in_the_gateways_words(users):
    with serving(lines({"over": "yes", "parts": [{"word": "Ada"}]}, framing="sse")) as server:
        users("borg", STREAMED, url=server.url, framing="sse")
        chat = nbprovider.Chat("talk", model="borg", system="Be brief")
        chat.ask("I am Ada")
        chat.ask("Who am I?")
    assert server.requests[1]["body"]["talk"] == [
        {"speaker": "system", "says": "Be brief"},
        {"speaker": "human", "says": "I am Ada"},
        {"speaker": "borg", "says": "Ada"},
        {"speaker": "human", "says": "Who am I?"},
    ]


@pytest.mark.parametrize("framing", ["sse", "ndjson"])
def test_a_stream_that_breaks_off_is_unavailable(users, framing):
    users("borg", STREAMED, url="http://127.0.0.1:9", framing=framing)
    piece = b'{"parts":[{"word":"Hel"}]}\n'
    with pytest.raises(Unavailable, match="cut short"):
        read("borg", b"data: " + piece + b"\n" if framing == "sse" else piece)


def read(name, data, **more):
    provider = catalog.find(name)
    one = Reading(json_proxy, Call("m", HELLO, **more), provider)
    return [*one.feed(data), *one.close()]


@pytest.mark.parametrize(
    ("status", "problem", "expected"),
    [
        (401, {"words": "who are you", "kind": "E1"}, Unauthorized),
        (402, {"words": "pay first", "kind": "E2"}, QuotaExhausted),
        (400, {"words": "no", "kind": "context_length_exceeded"}, ContextTooLong),
        (400, {"words": "no", "kind": 17}, BadRequest),
        (404, {"words": "no engine", "kind": "E3"}, UnknownModel),
        (200, {"words": "too fast", "kind": "rate_limit_exceeded"}, RateLimited),
        (200, {"words": "broken", "kind": "E4"}, Unavailable),
    ],
)
def test_an_error_is_read_by_the_table_and_typed(users, isolated, status, problem, expected):
    (isolated / "config" / "settings.toml").write_text("tries = 1")
    body = {"problem": {**problem, "words": f"{problem['words']} ({KEY})"}}
    with serving(answering(body, status)) as server:
        users("acme", WHOLE, url=server.url)
        with pytest.raises(expected, match=problem["words"]) as caught:
            nbprovider.ask("Hi", model="acme")
    assert type(caught.value) is expected
    assert caught.value.code == str(problem["kind"])
    assert KEY not in f"{caught.value} {caught.value.detail} {vars(caught.value)}"
    assert last().status == "failed"
    assert KEY not in last().error


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "deep"}}, "deep"),
        ({"errors": [{"detail": "first"}]}, "first"),
        ({"detail": [{"msg": "missing field"}]}, "missing field"),
        ("<html><title>Gate</title></html>", "Gate"),
        ("", "422"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "422"),
    ],
)
def test_an_error_of_another_shape_is_typed_too(users, body, words):
    with serving(answering(body, 422)) as server:
        users("acme", WHOLE, url=server.url)
        with pytest.raises(BadRequest, match=words) as caught:
            nbprovider.ask("Hi", model="acme")
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"7", b"null", b'{"result":{"outputs":[]}}', b'{"result":3}']
)
def test_a_reply_without_an_answer_is_unavailable(users, body):
    users("acme", WHOLE, url="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        read("acme", body)


def test_a_gateway_that_names_no_end_ends_with_its_bytes(users):
    unmarked = STREAMED.replace('finish = "over"\n', "")
    users("borg", unmarked, url="http://127.0.0.1:9", framing="sse")
    piece = b'data: {"parts":[{"word":"Hi"}]}\n\n'
    assert fold(read("borg", piece)).finish == "stop"
    assert fold(read("borg", piece + b"data: [DONE]\n\n")).finish == "stop"
    with pytest.raises(Unavailable):
        read("borg", b'data: {"parts":[]}\n\n')


def test_an_answer_that_is_no_text_is_its_json(users):
    users("acme", WHOLE, url="http://127.0.0.1:9")
    data = json.dumps({"result": {"outputs": [{"text": {"a": 1}}]}}).encode()
    assert fold(read("acme", data, stream=False)).text == '{"a":1}'


@pytest.mark.parametrize("more", [{"options": Options(seed=1)}, {"schema": {"type": "object"}},
                                  {"tools": (Tool("f", "", {}),)}])  # fmt: skip
def test_what_has_no_place_is_refused_by_name(users, more):
    users("acme", WHOLE, url="http://127.0.0.1:9")
    provider = catalog.find("acme")
    with pytest.raises(UsageError, match=r"seed|schema|tools"):
        json_proxy.build(Call("m", HELLO, **more), Endpoint(provider, "http://127.0.0.1:9"))
    image = (Message("user", (Media("image", "image/png", b"x"),)),)
    with pytest.raises(UsageError, match="image"):
        json_proxy.build(Call("m", image), Endpoint(provider, "http://127.0.0.1:9"))


# --- the file


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[proxy.reply]\n", "[proxy.reply]\ntxet = 'a'\n"), "unknown key 'txet' in .proxy.reply."),
        (("cost =", "price ="), "unknown key 'price' in .proxy.usage."),
        (('"result.ended"', '"result..ended"'), "wrong value of 'proxy.reply.finish'"),
        (('"result.ended"', '"result[x]"'), "wrong value of 'proxy.reply.finish'"),
        (('text = "result.outputs[0].text"\n', ""), r"proxy.reply.*text|text.*proxy.reply"),
        (('cut = "length"', 'cut = "short"'), "proxy.reply.reasons"),
        (('prompt = "question.text"\n', ""), "needs one of `messages` and `prompt`"),
        (('"question.text"\n', '"question"\n'), "go to 'question'"),
        (('path = "/e', 'stream = "morse"\npath = "/e'), "wrong value of 'proxy.stream'"),
        (('protocol = "json_proxy"', 'protocol = "openai_chat"'), "for the protocol json_proxy"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_table_names_file_and_key(users, isolated, change, said):
    assert change[0] in WHOLE
    file = isolated / "config" / "providers" / "acme.toml"
    file.write_text(WHOLE.replace(*change).format(url="http://127.0.0.1:9"))
    with pytest.raises(ConfigError, match=said) as caught:
        parse(file)
    assert "acme.toml" in caught.value.message


def test_a_file_without_the_table_is_named(users, isolated):
    file = isolated / "config" / "providers" / "acme.toml"
    file.write_text('name = "A"\nprotocol = "json_proxy"\n')
    with pytest.raises(ConfigError, match=r"needs a \[proxy\] table"):
        parse(file)


def test_our_own_file_is_a_template_and_no_account(users):
    template = parse(OURS / "json-proxy.toml")
    assert not template.base_url
    assert "json-proxy" not in [account.provider for account in credentials.accounts()]
    users("acme", WHOLE, url="http://127.0.0.1:9")
    assert "acme" in [account.provider for account in credentials.accounts()]


def test_the_users_file_of_the_same_name_takes_the_templates_place(users, isolated):
    text = (OURS / "json-proxy.toml").read_text()
    file = isolated / "config" / "providers" / "json-proxy.toml"
    file.write_text(text.replace("needs_key", 'base_url = "http://127.0.0.1:9"\nneeds_key', 1))
    catalog.forget()
    assert "json-proxy" in [account.provider for account in credentials.accounts()]


# --- paths


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b[0].c", 1), ("a.b[-1].c", 2), ("a.b[2].c", None), ("a.x.y", None), ("", None),
     ("a.b.c", None), ("[0]", None), ("a.b[0]", {"c": 1})],
)  # fmt: skip
def test_a_path_is_followed_or_leads_nowhere(path, value):
    assert at({"a": {"b": [{"c": 1}, {"c": 2}]}}, path) == value


def test_a_place_is_made_where_it_is_not():
    body = {"a": {"kept": 1}}
    provider = parse(OURS / "json-proxy.toml")
    for path in ("a.b.c", "list[0].text", "list[0].more", "list[1]", "a.kept", ""):
        put(body, path, path, provider)
    assert body == {
        "a": {"kept": "a.kept", "b": {"c": "a.b.c"}},
        "list": [{"text": "list[0].text", "more": "list[0].more"}, "list[1]"],
    }
    with pytest.raises(ConfigError, match=r"'a\.kept\.x'"):
        put(body, "a.kept.x", 1, provider)
    with pytest.raises(ConfigError, match=r"'list\[7\]'"):
        put(body, "list[7]", 1, provider)


# --- the example of the documentation

PAGE = Path(__file__).parents[2] / "docs" / "json-proxy.md"


def documented(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def test_the_documented_example_works_as_it_says(users):
    """The page's file, request and reply belong together."""
    (file,), (request,) = documented("toml"), documented("json")
    stream = next(block for block in documented("text") if block.startswith("data: "))

    def script(peer):
        peer.head()
        peer.chunk(stream + "\n")
        peer.end()

    with serving(script) as server:
        assert file.count("https://ai.institute.example") == 1
        text = file.replace("https://ai.institute.example", server.url)
        users("institute", text.replace("{", "{{").replace("}", "}}"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("INSTITUTE_TOKEN", KEY)
            answer = nbprovider.ask("Hello", model="institute", max_tokens=200)
    assert (answer.text, answer.model, answer.finish) == ("Good morning", "llm-large-7", "stop")
    assert answer.usage == Usage(12, 3)
    assert server.requests[0]["path"] == "/v2/run/llm-large"
    assert server.requests[0]["body"] == json.loads(request)
    assert server.requests[0]["headers"]["x-institute-token"] == KEY


def test_every_key_of_the_table_is_documented():
    spans = set(re.findall(r"`(\w+)`", PAGE.read_text()))
    for part in (Proxy, Asking, Answering, Counting):
        tables = {"reply", "request", "delta", "usage"} if part is Proxy else set()
        assert set(part.__struct_fields__) - tables <= spans
