import json
import random
import struct
from contextlib import suppress
from itertools import pairwise
from zlib import crc32

import pytest

from event_stream import event, exception, message, raw_header, text_header
from nbprovider.errors import Unavailable
from nbprovider.protocols.eventstream import LONGEST_MESSAGE, EventStream
from nbprovider.protocols.framing import decoder

TWO = event("one", {"a": "é"}) + event("two", {"b": [1, 2]})


def read(data: bytes, *cuts: int) -> list[object]:
    """Return what a stream says that is cut at the given places."""
    stream = EventStream()
    ends = (*cuts, len(data))
    pieces = [data[at:end] for at, end in zip((0, *cuts), ends, strict=True)]
    said = [one for piece in pieces for one in stream.feed(piece)]
    return [json.loads(one) for one in [*said, *stream.close()]]


def test_an_event_is_its_payload_under_its_name() -> None:
    assert read(TWO) == [{"one": {"a": "é"}}, {"two": {"b": [1, 2]}}]


def test_a_cut_anywhere_changes_nothing() -> None:
    for cut in range(1, len(TWO)):
        assert read(TWO, cut) == read(TWO), cut


def test_byte_by_byte_is_the_same_as_whole() -> None:
    assert read(TWO, *range(1, len(TWO))) == read(TWO)


def test_an_exception_is_told_from_every_event_with_its_name_and_body() -> None:
    said = read(exception("throttlingException", {"message": "slow down"}))
    body = {"message": "slow down"}
    assert said == [{"exception": {"type": "throttlingException", "body": body}}]


def test_an_error_of_the_stream_itself_has_its_code_and_words() -> None:
    headers = (
        text_header(":message-type", "error")
        + text_header(":error-code", "InternalError")
        + text_header(":error-message", 'it "broke"')
    )
    said = read(message(headers, b""))
    told = {"type": "InternalError", "message": 'it "broke"', "body": {}}
    assert said == [{"exception": told}]


def test_an_empty_payload_is_an_empty_object() -> None:
    assert read(message(text_header(":event-type", "ping"), b"")) == [{"ping": {}}]


def test_headers_of_every_type_are_stepped_over() -> None:
    values = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    others = b"".join(raw_header(f"h{kind}", kind, bytes(size)) for kind, size in values.items())
    blob = raw_header("blob", 6, struct.pack(">H", 3) + b"abc")
    headers = others + blob + text_header(":event-type", "last")
    assert read(message(headers, b"{}")) == [{"last": {}}]


def test_every_flipped_bit_is_noticed() -> None:
    whole = event("e", {"k": 1})
    for place in range(len(whole) * 8):
        frame = bytearray(whole)
        frame[place // 8] ^= 1 << place % 8
        with pytest.raises(Unavailable, match="garbled"):
            decoder("aws").feed(bytes(frame) + event("next", {}))


@pytest.mark.parametrize(
    "headers",
    [
        raw_header("h", 10, b""),
        raw_header("h", 7, struct.pack(">H", 9) + b"short"),
        raw_header("h", 7, b"\x00"),
        raw_header("h", 5, b"\x00"),
        b"\x09name",
        text_header("h", "x")[:-1] + b"\xff",
    ],
    ids=["type", "length", "half a length", "half a number", "name", "not UTF-8"],
)
def test_headers_that_make_no_sense_are_garbled(headers: bytes) -> None:
    with pytest.raises(Unavailable, match="garbled: a header"):
        EventStream().feed(message(headers, b"{}"))


@pytest.mark.parametrize(
    ("length", "headers"),
    [(15, 0), (16, 1), (LONGEST_MESSAGE + 1, 0), (2**32 - 1, 0), (300_000, 200_000)],
)
def test_a_length_out_of_bounds_is_refused_before_anything_is_collected(
    length: int, headers: int
) -> None:
    lengths = struct.pack(">II", length, headers)
    with pytest.raises(Unavailable, match="out of bounds"):
        EventStream().feed(lengths + struct.pack(">I", crc32(lengths)))


def test_what_comes_before_a_broken_message_is_said_however_it_is_cut() -> None:
    broken = TWO + b"\x00" * 20
    for cuts in ((), tuple(range(1, len(broken)))):
        stream, said = EventStream(), []
        pieces = [broken[at:end] for at, end in pairwise((0, *cuts, len(broken)))]
        with suppress(Unavailable):
            for piece in pieces:
                said += stream.feed(piece)
        assert len(said) == 2
        with pytest.raises(Unavailable, match="garbled"):
            stream.close()


def test_half_a_message_says_nothing() -> None:
    assert read(TWO[:-1]) == read(TWO)[:1]


def test_random_bytes_are_garbled_or_incomplete() -> None:
    chance = random.Random("noise")
    for _ in range(200):
        noise = chance.randbytes(chance.randrange(12, 80))
        with pytest.raises(Unavailable):
            EventStream().feed(noise)


def test_a_json_document_or_a_web_page_in_place_of_a_stream_is_known() -> None:
    body = decoder("aws")
    assert body.feed(b' {"output":') == []
    assert body.feed(b" {}}") == []
    assert body.whole
    assert body.close() == [b'{"output": {}}']
    with pytest.raises(Unavailable, match="web page"):
        decoder("aws").feed(b"<html><title>Sign in</title>")
