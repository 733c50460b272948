"""A kept connection that the server gave up: a row for what it may have read, and the answer."""

from __future__ import annotations

import pandas as pd
import pytest

from asked import sync
from faulty import MODEL
from loopback import Peer, answering
from nbprovider.errors import Unavailable


@pytest.fixture
def leaving(world):
    """Have `far` hang up on the second request, which comes on a kept connection."""

    def script(peer: Peer) -> None:
        if len(world.far.requests) == 2:
            peer.connection.close()
        else:
            answering("fine")(peer)

    world.far.script = script
    world.speak("openai_chat")
    return world


def test_it_is_asked_again_at_once_and_both_have_rows(leaving):
    leaving.settle(tries=2, first_wait=1000, longest_wait=1000)  # not waited for
    for _ in range(2):
        assert sync(f"far:{MODEL}", fallback=False).text == "fine"
    first, lost, again = leaving.rows()
    assert [first["status"], lost["status"], again["status"]] == ["ok", "failed", "ok"]
    assert lost["call"] == again["call"]
    assert pd.isna(lost["cost"])
    assert len(leaving.far.requests) == 3


def test_one_try_is_one_question(leaving):
    sync(f"far:{MODEL}", fallback=False)
    with pytest.raises(Unavailable, match="kept from the last request"):
        sync(f"far:{MODEL}", fallback=False)
    assert len(leaving.far.requests) == 2
