"""A session of the test's own."""

from __future__ import annotations

import pytest

from nbprovider import session


@pytest.fixture(autouse=True)
def own_session(monkeypatch, isolated):
    monkeypatch.setattr(session.session, "_SESSIONS", {})
