"""Payloads come out whole, however the bytes are cut and the lines end."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprovider.errors import NbproviderError, Unavailable
from nbprovider.protocols import readers
from nbprovider.protocols.framing import Decoder, decoder, loads
from recorded import pieces


def payloads(data: bytes, name="sse", cuts="whole", seed="") -> list[bytes]:
    reader = decoder(name)
    out = [p for piece in pieces(data, cuts, seed) for p in reader.feed(piece)]
    return out + reader.close()


def feed_all(reader: Decoder, chunks: list[bytes]) -> None:
    for chunk in chunks:
        reader.feed(chunk)


STREAMS = {
    b"data: a\n\ndata: b\n\n": [b"a", b"b"],
    b"data: a\r\n\r\ndata: b\r\n\r\n": [b"a", b"b"],
    b"data: a\r\rdata: b\r\r": [b"a", b"b"],
    b"data: a\n\r\ndata: b\r\n\r": [b"a", b"b"],
    b"data: a\ndata: b\n\n": [b"a\nb"],
    b"data:a\n\ndata:  b \n\n": [b"a", b"b"],
    b": keep alive\n\ndata: a\n: in between\ndata: b\n\n": [b"a\nb"],
    b"event: message\nid: 7\nretry: 10\ndata: a\n\n": [b"a"],
    b"\xef\xbb\xbfdata: a\n\n": [b"a"],
    b"\n\n\ndata: a\n\n\n\ndata: b\n\n": [b"a", b"b"],
    b"data: a\n\ndata: b": [b"a", b"b"],
    b"data: a\n\ndata: b\n": [b"a", b"b"],
    b"data: a\n\ndata:\n\ndata\n\ndata: \n\n": [b"a"],
    b"database: no\ndata: a\n\n": [b"a"],
    "data: žluťoučký 🐴\n\n".encode(): ["žluťoučký 🐴".encode()],
    b"data: [DONE]\n\n": [b"[DONE]"],
    b"words without any field\n": [],
    b"": [],
}


@pytest.mark.parametrize(("stream", "expected"), STREAMS.items())
@pytest.mark.parametrize("cuts", ["whole", "bytes", "random"])
def test_events_by_the_rules_of_server_sent_events(stream: bytes, expected: list[bytes], cuts):
    """Line ends, comments, fields, a mark of byte order and a missing end are understood."""
    assert payloads(stream, cuts=cuts) == expected


def test_every_cut_in_two_gives_the_same():
    """Also inside a CRLF, a field name, or a character."""
    stream = "data: ä\r\n\r\n: c\r\ndata: 1\r\ndata: 2\r\n\r\nevent: x\ndata: ü\n\n".encode()
    expected = payloads(stream)
    assert len(expected) == 3
    for cut in range(len(stream) + 1):
        reader = decoder("sse")
        assert reader.feed(stream[:cut]) + reader.feed(stream[cut:]) + reader.close() == expected


def test_an_event_is_given_at_once():
    """Nothing waits for the next bytes when an event is complete."""
    reader = decoder("sse")
    assert reader.feed(b"data: a\n\n") == [b"a"]
    assert reader.feed(b"data: b\n\n") == [b"b"]
    assert reader.feed(b"data: c\r\n\r\n") == [b"c"]
    assert reader.feed(b"data: d\r\r") == [b"d"]
    assert reader.feed(b"\ndata: e\n\n") == [b"e"]


LINES = st.sampled_from(
    [b"data: a", b"data:b ", b"data", b": c", b"event: e", b"", b"\xc3\xa4", b"x:y"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


def by_the_book(lines: list[bytes]) -> list[bytes]:
    """Return the payloads of whole lines, read as slowly and plainly as the rules are written."""
    out, data = [], []
    for line in [*lines, b""]:
        field, _, value = line.partition(b":")
        if not line and b"".join(data).strip():
            out.append(b"\n".join(data).strip())
        if not line:
            data = []
        elif field == b"data" and b":" in line:
            data.append(value.removeprefix(b" "))
    return out


@given(st.lists(LINES, max_size=12), ENDS, st.text(max_size=3))
def test_any_lines_in_any_cut_read_as_by_the_book(lines: list[bytes], end: bytes, seed: str):
    """The fast ways through the decoder change nothing."""
    stream = b"".join(line + end for line in [b": begin", *lines])
    expected = by_the_book(lines)
    assert payloads(stream) == expected
    assert payloads(stream, cuts="random", seed=seed) == expected
    assert payloads(stream, cuts="bytes") == expected


@pytest.mark.parametrize("cuts", ["whole", "bytes"])
@pytest.mark.parametrize("document", [b'{"a":\n\n1}', b'  \n[{"a": 1},\n{"b": 2}]\n'])
def test_one_json_document_is_told_from_a_stream(document: bytes, cuts):
    """A body that begins as JSON is collected, and given back at its end."""
    reader = decoder("sse")
    for piece in pieces(document, cuts):
        assert reader.feed(piece) == []
    assert reader.whole
    assert [loads(one) for one in reader.close()] == [loads(document)]


def test_a_stream_is_no_document():
    reader = decoder("sse")
    reader.feed(b"data: {}\n\n")
    assert not reader.whole


@pytest.mark.parametrize("cuts", ["whole", "bytes", "random"])
def test_json_lines(cuts):
    """One payload a line, blank ones left out, the last with or without its end."""
    stream = '{"a":"č"}\n\r\n{"b":1}\r\n  \n{"c":2}'.encode()
    assert payloads(stream, "ndjson", cuts) == ['{"a":"č"}'.encode(), b'{"b":1}', b'{"c":2}']


PAGE = b"\n<!DOCTYPE html><html><head><title>Sign in\n to Wifi</title></head><body>hi</body></html>"


@pytest.mark.parametrize("name", ["sse", "ndjson"])
@pytest.mark.parametrize("cuts", ["whole", "bytes"])
def test_a_web_page_is_named_for_what_it_is(name, cuts):
    """A proxy's or a login page's title is in the message."""
    with pytest.raises(Unavailable, match='web page titled "Sign in to Wifi"') as caught:
        payloads(PAGE, name, cuts)
    assert "base URL" in caught.value.hint


def test_a_web_page_without_a_title():
    with pytest.raises(Unavailable, match="A web page came"):
        payloads(b"<html><body>502</body></html>")


@pytest.mark.parametrize("start", [b"data: ", b"{", b"\n: ", b"<html>"])
def test_a_piece_without_an_end_is_refused(start: bytes, monkeypatch: pytest.MonkeyPatch):
    """Memory is not filled by a line, an event, a document or a page that never ends."""
    monkeypatch.setattr(readers, "LONGEST", 1000)
    monkeypatch.setattr(readers, "LONGEST_PAGE", 1000)
    reader = decoder("sse")
    reader.feed(start)
    with pytest.raises(Unavailable):
        feed_all(reader, [b"x" * 100] * 20)


def test_an_event_of_many_lines_has_a_limit_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readers, "LONGEST", 1000)
    reader = decoder("sse")
    with pytest.raises(Unavailable, match="longer than"):
        feed_all(reader, [b"data: " + b"x" * 100 + b"\n"] * 20)


@pytest.mark.parametrize("line", [b"data:\n", b"\n"])
def test_lines_of_nothing_fill_no_memory(line: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readers, "LONGEST", 1000)
    reader = decoder("sse")
    reader.feed(b"data: x\n\n{\n" if line == b"\n" else b": hello\n")
    with pytest.raises(Unavailable, match="longer than"):
        feed_all(reader, [line] * 2000)


def test_json_is_read_forgivingly():
    """Invalid UTF-8, half a surrogate pair, control characters and NaN do not lose the rest."""
    assert loads(b'{"a": "x\xffy"}') == {"a": "x\ufffdy"}
    assert loads(b'{"a": "x\\ud83dy"}') == {"a": "x?y"}
    assert loads(b'{"a": "x\ny"}') == {"a": "x\ny"}
    assert math.isnan(loads(b'{"a": NaN}')["a"])


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"nope", b"[" * 100_000, b'{"a": 1} x', b"9" * 5000]
)
def test_no_json_is_an_error_that_quotes_nothing_in_its_message(garbage: bytes):
    """What was there instead is kept for `--debug`, not shown."""
    with pytest.raises(Unavailable, match="garbled") as caught:
        loads(garbage)
    assert caught.value.detail == repr(garbage[:80])


@given(st.binary(max_size=200), st.sampled_from(["sse", "ndjson"]))
def test_garbage_raises_nothing_but_our_errors(data: bytes, name):
    try:
        for payload in payloads(data, name):
            loads(payload)
    except NbproviderError:
        pass
