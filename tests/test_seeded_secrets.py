"""Forty keys put through every path that could show one: none appears.

Row 23 of the rivals: keys in outputs, in a 401's traceback, in a "mask" that shows a part of them.
"""

from __future__ import annotations

import json
import logging
import pickle
import sys
import traceback

import msgspec
import pytest

import nbprovider
from loopback import Peer, delta, ending, serving
from nbprovider import catalog, config, credentials, session
from nbprovider.catalog.spoken import OWN
from nbprovider.credentials import Secret, redact
from nbprovider.credentials.oauth import Tokens
from nbprovider.errors import NbproviderError, Unauthorized
from nbprovider.magics.debug import error_in_full
from nbprovider.types import Command, Head, Request
from seeds import PEM, SEEDS, seen, spellings, windows

HTTP = sorted(name for name in OWN if not name.startswith("cli_"))
FILE = """
name = "Seeded"
protocol = "{protocol}"
kind = "custom"
base_url = "{url}"
auth = "x-seeded: {{key}}"
default_model = "tiny"
"""
PROXY = """
[proxy]
path = "/run"
[proxy.request]
messages = "messages"
role = "role"
content = "content"
[proxy.reply]
text = "text"
finish = "end"
reasons = { stop = "stop" }
error = "error.message"
code = "error.code"
"""


def echo(peer: Peer) -> None:
    """Refuse every call, and send its key back in the body and the headers."""
    key = peer.request["headers"]["x-seeded"]
    said = f"Incorrect API key provided: {key}. Authorization: Bearer {key}"
    error = {"message": said, "code": key, "type": key, "param": key, "status": key}
    body = {
        "error": error,
        "message": said,
        "detail": said,
        "type": key,
        "code": key,
        "__type": key,
    }
    peer.whole(401, body, x_request_id=key, www_authenticate=f'Bearer realm="{key}"', cf_ray=key)


@pytest.fixture(autouse=True)
def own_session(monkeypatch, isolated):
    config.made(config.settings_file().parent)
    config.settings_file().write_text("tries = 1\n")


def provide(url: str, protocol: str = "openai_chat") -> catalog.Provider:
    """Write a provider's file, return the provider."""
    folder = config.settings_file().parent / "providers"
    folder.mkdir(exist_ok=True)
    text = FILE.format(protocol=protocol, url=url) + PROXY * (protocol == "json_proxy")
    (folder / "seeded.toml").write_text(text)
    catalog.forget()
    return catalog.find("seeded")


@pytest.fixture
def logged():
    """Return what is logged at DEBUG by anybody, as a handler writes it."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(f"{self.format(record)} {record.__dict__}")

    root, handler = logging.getLogger(), Kept()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def told_by(error: BaseException) -> str:
    """Return all that an error can be made to say, the variables of its frames included."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename != __file__:
            frames.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    rendered = getattr(error, "_render_traceback_", list)()
    in_full = error_in_full(error) if isinstance(error, NbproviderError) else ""
    told = [str(error), repr(error), f"{error}", repr(vars(error)), repr(error.args), *rendered]
    told += ["".join(traceback.format_exception(error)), repr(error.__cause__), in_full, *frames]
    return "\n".join([*told, repr(error.__context__), repr(pickle.dumps(error))])


def everything_on_disk(folder) -> bytes:
    """Return the bytes of every file below a folder: ledger and its log, audit, vault."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_there_are_forty_keys_of_which_no_two_are_alike():
    assert len(set(SEEDS.values())) == len(SEEDS) == 40
    assert seen(" ".join(SEEDS.values())) == set(SEEDS)


@pytest.mark.parametrize("name", SEEDS)
def test_a_known_key_is_hidden_in_all_its_spellings(name):
    """Row 23 of the rivals: a mask shows nothing of a key but its public beginning."""
    key = SEEDS[name]
    secret = Secret(key)
    for how, text in spellings(key).items():
        assert "redacted" in redact(text), how
        assert not any(piece in redact(text) for piece in windows(key)), how
    assert secret


def test_a_private_key_is_hidden_in_all_its_spellings():
    for text in (PEM, json.dumps({"private_key": PEM}), repr(PEM), PEM[:300]):
        assert not seen(redact(text), {"pem": PEM.split("\n")[3]}), text
        assert not seen(redact(text), {"pem": PEM.split("\n")[1]}), text


@pytest.mark.parametrize("protocol", HTTP)
def test_a_refusal_that_quotes_the_key_shows_it_nowhere(protocol, isolated, logged):
    """Row 23 of the rivals: keys in a 401's traceback, its frames, the log, the ledger."""
    with serving(echo) as server:
        provider = provide(server.url, protocol)
        for name, key in SEEDS.items():
            credentials.hold(provider, Secret(key))
            with pytest.raises(Unauthorized) as caught:
                nbprovider.ask("hi", model="seeded:tiny")
            assert not seen(told_by(caught.value), {name: key})
        assert len(server.requests) == len(SEEDS), "each key was really sent"
    assert seen(json.dumps([r["headers"] for r in server.requests])) >= set(SEEDS) - {"odd"}
    assert any("httpcore2" in line for line in logged), "DEBUG was on"
    assert not seen("\n".join(logged))
    assert not seen(everything_on_disk(isolated))
    assert not seen(repr(nbprovider.usage().to_dict()))


def test_an_answer_that_quotes_the_key_shows_it_nowhere(isolated):
    def script(peer):
        key = peer.request["headers"]["x-seeded"]
        peer.head(x_request_id=key)
        peer.chunk(delta(f"Your key is {key[:9]}", model=key))
        peer.chunk(delta(f"{key[9:]}!", model=key).replace('"r1"', json.dumps(key)))
        peer.chunk(ending())
        peer.end()

    with serving(script) as server:
        provider = provide(server.url)
        for name, key in SEEDS.items():
            credentials.hold(provider, Secret(key))
            chat = nbprovider.Chat(model="seeded:tiny")
            answer = chat.ask("hi")
            assert answer.text.startswith("Your key is")
            assert answer.text.endswith("!")
            told = [repr(answer), str(answer), f"{answer}", answer.markdown(), answer.footer.text()]
            told += [repr(pickle.dumps(answer)), msgspec.json.encode(answer).decode()]
            told += [repr(answer._repr_mimebundle_()), repr(chat), repr(chat.messages)]
            assert not seen("\n".join(told), {name: key})
    assert not seen(everything_on_disk(isolated))


def test_no_object_shows_what_it_carries():
    """Row 23 of the rivals: neither printed, formatted, pickled, nor written as JSON."""
    for name, key in SEEDS.items():
        secret = Secret(key)
        provider = catalog.find("groq")
        credentials.hold(provider, secret)
        access = credentials.access("groq")
        request = credentials.sign(Request("POST", f"https://x.example/?key={key}", {}), access)
        assert key in request.headers["Authorization"], "it does carry it"
        told = [secret, access, credentials.accounts(), Head(401, {"x-echo": key})]
        told += [request, Command(("x",), environment={"K": key})]
        tokens = Tokens(access_token=key, refresh_token=key, subject="me")
        told += [tokens, tokens.sealed()]
        assert not seen(redact(f"invalid_grant: {key} is revoked")), "what tokens hold is known"
        said = "\n".join(
            f"{o!r} {o!s} {[o]} {list(getattr(o, '__rich_repr__', list)())}" for o in told
        )
        assert not seen(said, {name: key})
        for thing in (secret, access, request, tokens, told[5]):
            with pytest.raises(TypeError):
                pickle.dumps(thing)
        credentials.release(provider)


def test_a_mistake_of_ours_takes_no_key_along(monkeypatch, isolated):
    """Row 23 of the rivals: also an error that nobody foresaw leaves without its frames."""

    def broken(*args):
        raise RuntimeError(f"what was sent: {args!r} {SEEDS['cohere']}")

    with serving(echo) as server:
        provider = provide(server.url)
        credentials.hold(provider, Secret(SEEDS["cohere"]))
        monkeypatch.setattr("nbprovider.flow.refused_body", broken)
        with pytest.raises(RuntimeError) as caught:
            nbprovider.ask("hi", model="seeded:tiny")
    assert not seen(told_by(caught.value))
    assert "refused_body" in caught.value.__notes__[0], "it can still be reported"


def test_an_interrupt_takes_no_key_along(monkeypatch, isolated):
    def interrupted(*_):
        raise KeyboardInterrupt

    with serving(echo) as server:
        credentials.hold(provide(server.url), Secret(SEEDS["openai"]))
        monkeypatch.setattr("nbprovider.flow.refused_body", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught:
            nbprovider.ask("hi", model="seeded:tiny")
    assert not seen(told_by(caught.value))
    names = [f.f_code.co_filename for f, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert not [name for name in names if "httpcore" in name or "flow.py" in name]


def test_accounts_in_the_vault_show_no_key(isolated):
    """Row 22 of the rivals: keys lie in plain text on disk."""
    for number, key in enumerate(SEEDS.values()):
        nbprovider.accounts.add("groq", key, name=f"seed{number}")
    kept = nbprovider.accounts
    told = [repr(kept), repr(kept.list()), str(kept.show("seed3")), repr(kept._repr_mimebundle_())]
    told += [repr(session.current().accounts()), repr(credentials.accounts())]
    told.append(kept.export(isolated / "carried.json").read_text())
    assert not seen("\n".join(told))
    assert b"seed39" in everything_on_disk(isolated), "they are there"
    assert not seen(everything_on_disk(isolated))
    assert credentials.access("seed7").secret.reveal() == [*SEEDS.values()][7]


def test_a_program_inherits_no_key_that_was_given_to_us(isolated):
    """What is held and kept is in no environment and on no command line of a child."""
    import subprocess

    for number, (_, key) in enumerate(SEEDS.items()):
        nbprovider.accounts.add("groq", key, name=f"seed{number}")
        credentials.hold(catalog.find("groq"), Secret(key))
    code = "import os; print(dict(os.environ))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    processes = subprocess.run(["ps", "axeww"], capture_output=True, check=True)
    assert b"python" in processes.stdout
    assert not seen(child.stdout + processes.stdout)
