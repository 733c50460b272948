"""Calls of tools are put together from pieces, as loose as servers send them."""

from __future__ import annotations

from typing import Any

import pytest

from chat_completions import deltas, piece, stream
from nbprovider.types import (
    fold,
)


def calls(*pieces: Any) -> list[tuple[str, str, str]]:
    """Return the calls that pieces make; a list of pieces is one chunk."""
    chunks = (piece if isinstance(piece, list) else [piece] for piece in pieces)
    turn = deltas(*({"tool_calls": chunk} for chunk in chunks))
    return [(call.id, call.name, call.arguments) for call in turn.tool_calls]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param(
            [piece(index=0, id="a", name="f"), piece('{"x"', index=0), piece(":1}", index=0)],
            [("a", "f", '{"x":1}')],
            id="as OpenAI sends them",
        ),
        pytest.param(
            [
                piece("1", index=0, id="a", name="f"),
                piece("2", index=1, id="b", name="g"),
                piece("1", index=0),
                piece("2", index=1),
            ],
            [("a", "f", "11"), ("b", "g", "22")],
            id="two calls in turns",
        ),
        pytest.param(
            [[piece("{}", id="a", name="f"), piece("{}", id="b", name="g")]],
            [("a", "f", "{}"), ("b", "g", "{}")],
            id="no index, whole calls in one chunk",
        ),
        pytest.param(
            [piece("1", id="a", name="f"), piece("2"), piece("3", id="b", name="g"), piece("4")],
            [("a", "f", "12"), ("b", "g", "34")],
            id="no index, pieces go to the last call",
        ),
        pytest.param(
            [piece("1", index=0, id="a", name="f"), piece("2", index=0, id="b", name="g")],
            [("a", "f", "1"), ("b", "g", "2")],
            id="two calls share an index",
        ),
        pytest.param(
            [
                piece("1", index=0, id="a", name="f"),
                piece("2", index=0, id="b", name="g"),
                piece("3", index=0, id="a"),
            ],
            [("a", "f", "13"), ("b", "g", "2")],
            id="an id that comes again",
        ),
        pytest.param(
            [piece("1", index=0, id="a", name="f"), piece("2", index=0, id="a", name="f")],
            [("a", "f", "12")],
            id="id and name repeated, not joined",
        ),
        pytest.param(
            [piece("1", index=0, id="a", name="f"), piece("2", index=0, id="z")],
            [("a", "f", "12")],
            id="an id made up anew for each piece",
        ),
        pytest.param(
            [piece({"x": 1}, index=0, id="a", name="f")],
            [("a", "f", '{"x":1}')],
            id="arguments as an object",
        ),
        pytest.param(
            [piece(None, index=0, id="a", name="f"), piece("{}", index=0)],
            [("a", "f", "{}")],
            id="no arguments at first",
        ),
        pytest.param(
            [piece("1", index=0), piece("2", index=0, id="a", name="f"), piece("3", index=0)],
            [("a", "f", "123")],
            id="id and name come late",
        ),
        pytest.param(
            [piece("1", index=0, id="a")],
            [("a", "", "1")],
            id="the name never comes",
        ),
        pytest.param(
            [{"id": "a", "type": "custom", "custom": {"name": "f", "input": "words"}}],
            [("a", "f", "words")],
            id="a custom tool",
        ),
    ],
)
def test_pieces_of_calls(pieces, expected):
    assert calls(*pieces) == expected


@pytest.mark.parametrize("id_", [None, "", "null"])
def test_a_call_without_an_id_gets_one_of_its_own(id_):
    """Ids differ within a reply, and from those of another."""
    two = [piece("{}", index=0, id=id_, name="f"), piece("{}", index=1, id=id_, name="f")]
    chunks = [
        {"id": reply, "model": "m", "choices": [{"delta": {"tool_calls": two}}]} for reply in "ab"
    ]
    ids = [call.id for chunk in chunks for call in fold(stream(chunk)).tool_calls]
    assert len(set(ids)) == 4
    assert all(ids)


def test_whole_calls_without_index_and_id_are_told_apart():
    """A name after finished arguments begins another call."""
    told = calls(piece('{"x":1}', name="f"), piece('{"x":2}', name="f"))
    assert [arguments for _, _, arguments in told] == ['{"x":1}', '{"x":2}']


def test_the_old_function_call_is_a_tool_call():
    turn = deltas(
        {"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}
    )
    assert [(call.name, call.arguments) for call in turn.tool_calls] == [("f", "{}")]


def test_an_empty_function_call_is_none():
    assert deltas({"content": "x", "function_call": {"name": "", "arguments": ""}}).tool_calls == ()


def test_what_a_provider_wants_back_with_a_call_is_kept():
    extra = {"google": {"thought_signature": "s"}}
    turn = deltas({"tool_calls": [piece("{}", index=0, id="a", name="f", extra_content=extra)]})
    assert turn.tool_calls[0].extra == {"extra_content": extra}
