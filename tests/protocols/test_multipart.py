"""A form is bytes that any parser reads back."""

from __future__ import annotations

from email.parser import BytesParser

import pytest

from nbprovider.protocols.multipart import File, encode


def read(kind: str, body: bytes) -> list[tuple[str, str | None, str, bytes]]:
    """Return name, file name, type and content of each part, by the standard library's parser."""
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
    ]


@pytest.mark.parametrize(
    "data",
    [b"sound", b"", b"--", b"\r\n--\r\n", bytes(range(256)), b"ends with a line\r\n"],
)
def test_every_byte_of_a_file_arrives(data):
    kind, body = encode([("model", "m")], File("file", "a.wav", "audio/wav", data))
    assert read(kind, body) == [
        ("model", None, "text/plain", b"m"),
        ("file", "a.wav", "audio/wav", data),
    ]


def test_fields_keep_their_order_and_may_come_twice():
    fields = [("b", "1"), ("a", "2"), ("b", "3")]
    kind, body = encode(fields, File("file", "a", "audio/wav", b"x"))
    assert [(name, data.decode()) for name, _, _, data in read(kind, body)][:3] == fields


def test_words_are_utf_8():
    _, body = encode([("prompt", "Grüße 你好")], File("file", "ä.wav", "audio/wav", b""))
    assert "Grüße 你好".encode() in body
    assert 'filename="ä.wav"'.encode() in body


def test_a_name_ends_neither_its_quotes_nor_its_line():
    name = 'a"; filename="b\r\nX-Evil: 1'
    _, body = encode([], File("file", name, "audio/wav", b""))
    head = body.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert len(head) == 3
    assert b"X-Evil: 1" not in head
    assert b'filename="a%22; filename=%22b%0D%0AX-Evil: 1"' in head[1]


def test_no_part_holds_the_boundary_although_it_knows_it():
    first, _ = encode([], File("file", "a", "audio/wav", b"x"))
    boundary = first.partition("boundary=")[2]
    kind, body = encode([("trap", boundary)], File("file", "a", "audio/wav", b"x"))
    assert kind != first
    assert body.count(kind.partition("boundary=")[2].encode()) == 3
