"""Bad input and bad providers in a real kernel: one clear sentence, the next step, a kept row.

After each of them the next cell works.
"""

from __future__ import annotations

import json

import pytest

from kernels import kernel
from loopback import answering, delta, nobody, serving

pytestmark = pytest.mark.kernel

KEY = "sk-seeded0123456789abcdefghijklmnop"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("silence = 1.0\ntries = 1\n")
    with kernel(NBPROVIDER_HOME=str(home), OPENAI_API_KEY=KEY) as made:
        made.run("%load_ext nbprovider\nimport os")
        yield made


def ask(running, script, line="%%chat gpt-6-luna", cell="hi"):
    """Ask a scripted OpenAI; return what ran and the requests that it was sent."""
    with serving(script) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        return running.run(f"{line}\n{cell}"), server.requests


def last_row(running, *names):
    code = "row = get_ipython().run_line_magic('provider', 'usage').iloc[-1]; import json;"
    ran = running.run(f"{code} print(json.dumps([str(row[n]) for n in {list(names)}]))")
    return json.loads(ran.text)


def rows(running):
    return int(running.run("print(len(get_ipython().run_line_magic('provider', 'usage')))").text)


def works(running):
    ran, _ = ask(running, answering("fine"))
    assert ran.status == "ok"
    assert "fine" in ran.shown[-1]["data"]["text/markdown"]


def told(ran):
    """Return the error as it is shown, after checking that it is short and in place."""
    assert ran.status == "error"
    lines = ran.error["traceback"]
    assert 1 <= len(lines) <= 3, lines
    assert "Traceback" not in "\n".join(lines)
    assert KEY not in "\n".join(lines)
    return "\n".join(lines)


BEFORE_SENDING = {
    "unknown option": ("%%chat --modle x\nhi", "Did you mean '--model'?"),
    "bad value": ("%%chat -t warm\nhi", "needs a number, not 'warm'"),
    "out of range": ("%%chat -t 7\nhi", "temperature must be a number from 0 to 2"),
    "empty cell": ("%%chat\n  \n", "The cell is empty"),
    "unknown subcommand": ("%provider uze x", "Did you mean `%provider use`?"),
    "too few words": ("%provider use", "%provider use MODEL"),
    "unknown provider": ("%%chat -p grok2\nhi", "No provider is called 'grok2'"),
    "unknown account": ("%%chat gpt-6-luna@work\nhi", "work"),
    "unknown name": ("%%chat\n{{ nmae }}", "no 'nmae' in this notebook"),
    "no expression": ("%%chat\n{{ 1 + }}", "--raw"),
    "bad variable": ("%%chat -o a-b\nhi", "--out needs a variable's name"),
    "two models": ("%%chat gpt-6-luna gpt-6.1-sol\nhi", "more than one model"),
    "empty line": ("%chat", "%chat has no question"),
    "unknown embedded word": ("%provider embedded instal", "Did you mean 'install'?"),
    "nothing answered yet": ("import nbprovider; nbprovider.ask('')", "nothing to ask"),
    "unknown word in Python": ("nbprovider.ask('hi', temprature=1)", "no option 'temprature'"),
    "effort in Python": ("nbprovider.ask('hi', effort='huge')", "no effort 'huge'"),
}


@pytest.mark.parametrize("case", BEFORE_SENDING)
def test_a_mistake_is_told_before_anything_is_sent(running, case):
    code, words = BEFORE_SENDING[case]
    before = rows(running)
    ran = running.run(code)
    assert words in told(ran)
    assert rows(running) == before


def test_a_key_on_a_line_is_refused_and_forgotten(running):
    """Row 4 of the keys' rules: a key has no place on a line."""
    given = "sk-ant-api03-entered0123456789abcdefghij"
    ran = running.run(f"%provider key {given}")
    assert "looks like a key" in told(ran)
    seen = running.run(
        "print(In, _i, _ii, [v for k, v in globals().items() if k.startswith('_i')])"
    )
    assert given not in seen.text
    assert given not in str(ran.of("error", "display_data", "stream"))


def test_no_key_is_told_with_the_variable_to_set(running):
    ran = running.run("%%chat claude-sonnet-5-5\nhi")
    assert "ANTHROPIC_API_KEY" in told(ran)
    assert "%provider key anthropic" in told(ran)
    assert last_row(running, "status", "provider") == ["failed", "anthropic"]
    works(running)


def status(code, body, kind="application/json", **headers):
    return lambda peer: peer.whole(code, body, kind, **headers)


def error(message, code=None, kind=None):
    return {"error": {"message": message, "code": code, "type": kind}}


def cut_off(peer):
    peer.head()
    peer.chunk(delta("half an ans"))
    peer.connection.close()


def silent(peer):
    peer.head()
    peer.wait_closed(10)


def without_end(peer):
    peer.head()
    peer.chunk(delta("half"))
    peer.end()


def half_json(peer):
    peer.head()
    peer.chunk('data: {"choices": [{"del\n\n')
    peer.end()


def refused_in_stream(peer):
    peer.head()
    peer.chunk(delta("well, "))
    peer.chunk(f"data: {json.dumps(error('The server is overloaded', 'overloaded'))}\n\n")
    peer.end()


PROVIDERS = {
    "wrong key": (
        status(401, error(f"Incorrect API key provided: {KEY}", "invalid_api_key")),
        "Unauthorized",
        "key",
    ),
    "forbidden": (status(403, error("no access", "permission_denied")), "Forbidden", "access"),
    "no credit": (
        status(429, error("You exceeded your quota", "insufficient_quota")),
        "QuotaExhausted",
        "quota",
    ),
    "too fast": (
        status(429, error("Slow down", "rate_limit_exceeded"), Retry_After="9999"),
        "RateLimited",
        "Slow down",
    ),
    "too long": (
        status(400, error("maximum context length is 8", "context_length_exceeded")),
        "ContextTooLong",
        "--new",
    ),
    "refused": (
        status(400, error("no", "content_policy_violation")),
        "ContentRefused",
        "content policy",
    ),
    "bad request": (status(400, error("messages is wrong")), "BadRequest", "messages is wrong"),
    "unknown model": (
        status(404, error("The model does not exist", "model_not_found")),
        "UnknownModel",
        "%provider models",
    ),
    "overloaded": (status(503, error("busy")), "Overloaded", "busy"),
    "broken": (status(500, "Internal Server Error", "text/plain"), "Unavailable", "500"),
    "a web page": (
        status(200, "<html><title>Log in</title></html>", "text/html"),
        "Unavailable",
        "Log in",
    ),
    "a refused web page": (
        status(502, "<html><title>Bad Gateway</title></html>", "text/html"),
        "Unavailable",
        "Bad Gateway",
    ),
    "a redirect": (
        status(301, "", Location="https://elsewhere.example/v1"),
        "Unavailable",
        "elsewhere.example",
    ),
    "garbage": (
        lambda peer: peer.write(b"\x00\xff\xfe garbage\r\n\r\n"),
        "Unavailable",
        "connection",
    ),
    "half json": (half_json, "Unavailable", "garbled"),
    "cut off": (cut_off, "Unavailable", "lost"),
    "without its end": (without_end, "Unavailable", "cut short"),
    "silent": (silent, "Stalled", "said nothing for 1 s"),
    "refused in mid-stream": (refused_in_stream, "Overloaded", "overloaded"),
    "an empty answer": (status(200, ""), "Unavailable", "No answer came"),
    "null": (status(200, "null"), "Unavailable", ""),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_what_a_provider_does_wrong_is_told_and_kept(running, case):
    """Row 2 of the rivals: a provider's error comes back as a string, and the cell is green."""
    script, kind, words = PROVIDERS[case]
    ran, _ = ask(running, script)
    shown = told(ran)
    assert ran.error["ename"] == kind
    assert words in shown
    assert len(ran.error["traceback"]) >= 2, "there is no next step"
    assert last_row(running, "status") == ["failed"]
    works(running)


def test_what_was_said_before_a_failure_stays_on_screen(running):
    ran, _ = ask(running, cut_off)
    assert "half an ans" in str(ran.shown)


def test_a_retired_model_is_named_with_its_successor(running):
    script = status(404, error("The model does not exist", "model_not_found"))
    ran, _ = ask(running, script, "%%chat gpt-4-turbo")
    assert "gpt-6.1-sol" in told(ran)


def test_a_typo_in_a_model_gets_the_nearest_of_the_providers_own(running):
    """Row 6 of the rivals: any id goes through; a typo is told when the provider says 404."""

    def script(peer):
        if peer.request["path"].endswith("/models"):
            peer.whole(200, {"data": [{"id": "gpt-6-luna"}, {"id": "gpt-6.1-sol"}]})
        else:
            peer.whole(404, error("The model does not exist", "model_not_found"))

    ran, requests = ask(running, script, "%%chat gpt-6-lunna")
    assert requests[0]["body"]["model"] == "gpt-6-lunna"
    assert "Did you mean 'gpt-6-luna'?" in told(ran)


def test_a_server_that_is_down_is_told(running):
    with nobody() as url:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{url}/v1'")
        ran = running.run("%%chat gpt-6-luna\nhi")
    assert "refused" in told(ran)
    works(running)


def test_every_option_is_sent_or_refused_by_name(running):
    """Row 4 of the rivals: `temperature` is accepted and silently dropped."""
    line = "%%chat -m gpt-6-luna -t 0.3 --max-tokens 9 --effort low -s 'Be kind.'"
    _, requests = ask(running, answering("ok"), line)
    body = requests[-1]["body"]
    assert (body["temperature"], body["max_completion_tokens"]) == (0.3, 9)
    assert body["reasoning_effort"] == "low"
    assert body["messages"][0]["content"] == "Be kind."
    running.run("%chat --new -m gpt-6-luna x")


def test_debug_shows_everything_but_secrets(running):
    script = status(401, error(f"Incorrect API key provided: {KEY}", "invalid_api_key"))
    ran, _ = ask(running, script, "%%chat gpt-6-luna --debug")
    shown = "\n".join(ran.error["traceback"])
    assert "status: 401" in shown
    assert "Traceback" in shown
    assert KEY not in shown


def test_keys_are_in_no_message_of_the_kernel(running):
    for script in (answering("fine"), PROVIDERS["wrong key"][0], cut_off):
        ran, _ = ask(running, script, "%%chat gpt-6-luna --debug")
        assert KEY not in json.dumps([m["content"] for _, m in ran.messages])
