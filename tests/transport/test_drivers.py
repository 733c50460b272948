"""Both drivers, over real sockets: what a flow asks for is done, what fails has a meaning."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing, closing

import httpx2
import pytest

from loopback import answering, delta, ending, nobody, serving
from nbprovider import catalog, transport
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access
from nbprovider.errors import (
    ConfigError,
    NbproviderError,
    Stalled,
    Unavailable,
    Unreachable,
)
from nbprovider.flow import attempt
from nbprovider.transport import faults
from nbprovider.types import Await, Block, Call, Delta, Fold, Message, Request, Send, Sleep, Text

CALL = Call("tiny", (Message("user", (Text("hi"),)),))
SETTINGS = transport.Settings(connect=2)


def flow(url, silence=5.0):
    access = Access(Endpoint(catalog.find("openai-compatible"), f"{url}/v1"), None, "")
    return attempt(CALL, access, silence)


def sync(made):
    fold = Fold()
    for event in transport.run(made, SETTINGS):
        fold.saw(event)
    return fold.turn()


def asynchronous(made):
    async def go():
        fold = Fold()
        async for event in transport.arun(made, SETTINGS):
            fold.saw(event)
        return fold.turn()

    return asyncio.run(go())


def relayed(made):
    fold = Fold()
    for event in transport.relayed(made, SETTINGS):
        fold.saw(event)
    return fold.turn()


both = pytest.mark.parametrize("drive", [sync, asynchronous, relayed])


@both
def test_an_answer_comes_through_whole(drive):
    with serving(answering("Hel", "lo ", "wörld")) as server:
        turn = drive(flow(server.url))
    assert turn.text == "Hello wörld"
    assert (turn.usage.input, turn.usage.output) == (7, 3)


def test_a_connection_is_used_again():
    with serving(answering("a")) as server:
        sync(flow(server.url))
        sync(flow(server.url))
    assert len(server.requests) == 2
    assert len(server.peers) == 1


def test_the_first_word_is_there_while_the_provider_still_sends():
    """Row 3 of the rivals: jupyter-ai's magic does not stream."""

    def script(peer):
        peer.head()
        peer.chunk(delta("first"))
        assert peer.wait_closed(5) is not None

    with serving(script) as server, closing(transport.run(flow(server.url), SETTINGS)) as events:
        assert next(e for e in events if isinstance(e, Delta)).part.text == "first"


@both
def test_leaving_early_closes_the_connection(drive):
    """Row 25 of the rivals: what is left early must not go on, unseen and charged."""

    def script(peer):
        peer.head()
        peer.chunk(delta("first"))
        peer.wait_closed(5)

    async def leave(url):
        async with aclosing(transport.arun(flow(url), SETTINGS)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    break

    with serving(script) as server:
        if drive is asynchronous:
            asyncio.run(leave(server.url))
        else:
            driver = transport.run if drive is sync else transport.relayed
            with closing(driver(flow(server.url), SETTINGS)) as events:
                next(e for e in events if isinstance(e, Delta))
        left = time.time()
        _until(lambda: server.peers[0].closed_at is not None)
    assert server.peers[0].closed_at - left < 1


def _until(true, limit=5.0):
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


@both
def test_silence_is_a_stall(drive):
    def script(peer):
        peer.head()
        peer.chunk(delta("first"))
        peer.wait_closed(5)

    with serving(script) as server, pytest.raises(Stalled, match=r"said nothing for 0\.2 s"):
        drive(flow(server.url, silence=0.2))


@both
def test_every_byte_counts_as_life(drive):
    """Row 21 of the rivals: limits count silence, not length."""

    def script(peer):
        peer.head()
        for _ in range(8):
            peer.chunk(": keep-alive\n\n")
            time.sleep(0.1)
        peer.chunk(delta("late") + ending())
        peer.end()

    with serving(script) as server:
        assert drive(flow(server.url, silence=0.5)).text == "late"


@both
def test_a_stream_cut_off_is_unavailable(drive):
    def script(peer):
        peer.head()
        peer.chunk(delta("first"))
        peer.connection.close()

    with serving(script) as server, pytest.raises(Unavailable):
        drive(flow(server.url))


@both
def test_a_server_that_is_down_is_named(drive):
    with nobody() as url, pytest.raises(Unreachable, match=rf"{url[7:]}.*refused"):
        drive(flow(url))


@both
def test_a_web_page_is_not_an_answer(drive):
    def script(peer):
        page = "<!doctype html><title>Sign in</title><p>Hello</p>"
        peer.whole(200, page, "text/html")

    with serving(script) as server, pytest.raises(Unavailable, match="Sign in"):
        drive(flow(server.url))


@both
def test_garbage_is_not_an_answer(drive):
    garbage = b"\x00\xff\xfegarbage\r\n\r\n"
    with serving(lambda p: p.write(garbage)) as server, pytest.raises(NbproviderError):
        drive(flow(server.url))


@both
def test_a_redirect_is_not_followed(drive):
    def script(peer):
        peer.whole(302, "", Location="https://elsewhere.example/v1")

    with serving(script) as server, pytest.raises(Unavailable, match=r"elsewhere\.example"):
        drive(flow(server.url))
    assert len(server.requests) == 1


def test_compressed_answers_are_read():
    import gzip

    def script(peer):
        peer.head(Content_Encoding="gzip")
        peer.chunk(gzip.compress((delta("packed") + ending()).encode()))
        peer.end()

    with serving(script) as server:
        assert sync(flow(server.url)).text == "packed"
        assert asynchronous(flow(server.url)).text == "packed"


@both
def test_steps_other_than_the_network_are_done(drive):
    async def five():
        await asyncio.sleep(0)
        return 5

    def made():
        before = time.monotonic()
        yield Sleep(0.02)
        slept = time.monotonic() - before
        value = yield Block(lambda: 3)
        later = yield Await(five())
        yield Delta(0, Text(f"{slept >= 0.02} {value} {later}"))

    assert drive(made()).text == "True 3 5"


@both
def test_an_error_of_a_step_is_raised_inside_the_flow(drive):
    def broken():
        raise ConfigError("no such thing")

    def made():
        try:
            yield Block(broken)
        except ConfigError as error:
            yield Delta(0, Text(f"caught {error.message}"))

    assert drive(made()).text == "caught no such thing"


def test_a_result_is_what_the_flow_returns():
    def made():
        value = yield Block(lambda: 3)
        return value + 1

    assert transport.result(made(), SETTINGS) == 4


def test_every_error_of_the_http_library_has_a_meaning():
    def below(kind):
        return {kind, *(k for sub in kind.__subclasses__() for k in below(sub))}

    step = Send(Request("GET", "http://user:pw@host.example/x", {}))
    for kind in below(httpx2.RequestError) | {httpx2.InvalidURL}:
        meant = faults.translated(kind("boom"), step)
        assert isinstance(meant, NbproviderError)
        assert meant.hint
        assert "pw" not in str(meant)
        leaves = not kind.__subclasses__()
        assert not leaves or any(k in faults.MEANING for k in kind.__mro__), kind


def test_variables_of_the_environment_redirect_nothing(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    transport.clients.close()
    with serving(answering("direct")) as server:
        assert sync(flow(server.url)).text == "direct"


def test_only_mozillas_roots_are_trusted(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    import certifi

    context = transport.clients.tls.__wrapped__("")
    assert context.cert_store_stats()["x509_ca"] == _roots(certifi.where())


def _roots(path):
    import ssl

    alone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    alone.load_verify_locations(path)
    return alone.cert_store_stats()["x509_ca"]


def test_a_file_of_certificates_that_is_none_is_a_config_error(tmp_path):
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"bad\.pem"):
        transport.clients.tls.__wrapped__(str(bad))


def test_an_unfinished_kernel_client_leaves_no_warning():
    """Row 18 of the rivals: any-llm's "Unclosed client session" in notebooks."""
    import gc

    with serving(answering("a")) as server:
        sync(flow(server.url))

        async def go():
            async for _ in transport.arun(flow(server.url), SETTINGS):
                pass

        asyncio.run(go())
        gc.collect()


def test_relayed_functions_and_coroutines_run_in_the_thread_that_asked():
    """Somebody at the keyboard can be asked there, and an interrupt is felt."""

    async def where():
        await asyncio.sleep(0)
        return threading.current_thread()

    def made():
        found.append((yield Block(threading.current_thread)))
        found.append((yield Await(where())))

    found = []
    assert list(transport.relayed(made(), SETTINGS)) == []
    assert found == [threading.current_thread()] * 2


def test_an_interrupt_in_a_relayed_function_ends_the_flow():
    def interrupted():
        raise KeyboardInterrupt

    def made():
        try:
            yield Block(interrupted)
        finally:
            ended.set()

    ended = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        list(transport.relayed(made(), SETTINGS))
    assert ended.wait(5)
