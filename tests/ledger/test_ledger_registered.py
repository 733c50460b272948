"""Registered models are kept for all kernels."""

from __future__ import annotations

from contextlib import closing

import pytest

from nbprovider.ledger import Ledger, register, registered, unregister


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def test_nothing_is_registered_at_first(ledger):
    assert registered(ledger) == {}


def test_a_model_is_registered_for_accounts_in_their_order(ledger):
    register(ledger, "work", "m")
    register(ledger, "home", "m")
    register(ledger, "work", "m")
    assert registered(ledger) == {"m": ("work", "home")}


def test_another_kernel_knows_it(ledger):
    register(ledger, "work", "m")
    with closing(Ledger(ledger.path)) as other:
        assert registered(other) == {"m": ("work",)}


def test_unregistering_forgets_and_says_whether_there_was_something(ledger):
    register(ledger, "work", "m")
    assert unregister(ledger, "work", "m")
    assert not unregister(ledger, "work", "m")
    assert registered(ledger) == {}
