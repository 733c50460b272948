"""Any number of kernels in one chat, in any order: nothing is lost, no pair is torn apart."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import nbprovider
from nbprovider import session
from nbprovider.ledger import chats
from nbprovider.ledger.chats import Said
from nbprovider.types import Message, Text

KERNELS = 3

deeds = st.lists(
    st.tuples(st.sampled_from(["ask", "answer late", "undo", "restart"]), st.integers(0, 2)),
    max_size=25,
)


def said(role, text):
    return Said(Message(role, (Text(text),)))


def stored():
    ledger = session.current().ledger
    found = chats.in_use(ledger, "shared")
    return [turn.message.text for turn in chats.said(ledger, found.id)] if found else []


def pairs(texts):
    assert texts[::2] == [text.replace("answer", "question") for text in texts[1::2]]
    return texts[1::2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(deeds)
@example([("ask", 0), ("restart", 1), ("undo", 1), ("ask", 1), ("undo", 0)])
def test_kernels_agree_in_the_end_and_nothing_is_lost(monkeypatch, deeds):
    """A kernel may take away what it sees last; all the rest stays, in one order for all."""
    monkeypatch.setattr(session.session, "_SESSIONS", {})
    session.current().ledger.run("DELETE FROM chats")
    session.current().ledger.run("DELETE FROM turns")
    kernels = [nbprovider.Chat("shared") for _ in range(KERNELS)]
    kept = set()
    for number, (deed, which) in enumerate(deeds):
        chat = kernels[which]
        if deed == "restart" or (deed == "undo" and not chat.messages):
            kernels[which] = nbprovider.Chat("shared")
            continue
        if deed == "undo":
            gone = [message.text for message in chat.messages[-1:]]
            del chat.messages[-2:]
            chat.save()
            kept -= set(gone)
        else:
            if deed == "ask":
                chat.history(None)
            assert (
                chat.keep(said("user", f"question {number}"), said("assistant", f"answer {number}"))
                == ""
            )
            kept.add(f"answer {number}")
        assert set(pairs(stored())) == kept
        assert [message.text for message in chat.messages] == stored()
    for chat in kernels:
        chat.history(None)
        assert [message.text for message in chat.messages] == stored()
