"""What an account lists is what it lists now, with an end marked where one is near."""

from __future__ import annotations

import pandas as pd
import pytest

import nbprovider
from loopback import serving
from nbprovider import session


@pytest.fixture
def listed(monkeypatch):
    """Return what the account's server lists, which a test may change at any time."""
    told = {"data": [{"id": "gpt-6-luna"}, {"id": "gpt-4-0314"}]}
    with serving(lambda peer: peer.whole(200, told)) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        yield told["data"]


def test_the_list_is_the_accounts_own_with_retired_models_marked(listed):
    """Row 29 of the rivals: no discovery, or a static list that is out of date.

    A model that came out after us is there, one that is gone is not; of one that is still listed
    after its end the successor is told, and of one whose provider names a day, the day.
    """
    ours = nbprovider.models("openai").set_index("model")
    assert set(ours.index) == {"gpt-6-luna", "gpt-4-0314"}
    assert ours.loc["gpt-4-0314", ["retires", "successor"]].tolist() == ["retired", "gpt-6.1-sol"]
    assert pd.isna(ours.loc["gpt-6-luna", "retires"])

    listed[:] = [
        {"id": "gpt-9-of-tomorrow"},
        {"id": "gpt-8", "deprecation": "2027-01-01", "deprecation_replacement_model": "gpt-9"},
    ]
    session.session._SESSIONS.clear()
    later = nbprovider.models("openai").set_index("model")
    assert set(later.index) == {"gpt-9-of-tomorrow", "gpt-8"}
    assert later.loc["gpt-8", ["retires", "successor"]].tolist() == ["2027-01-01", "gpt-9"]
