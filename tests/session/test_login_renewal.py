"""Tokens are renewed in time, once, whoever asks; a login that ended says how to begin anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import pytest
from msgspec.structs import replace

import nbprovider
from login_server import allowed, get, mock_table, provider_mock, written
from loopback import nobody, serving
from nbprovider import credentials
from nbprovider.credentials.oauth import Tokens, opened
from nbprovider.credentials.stored import Stored, new_id
from nbprovider.errors import Unauthorized, Unavailable
from nbprovider.session import current
from nbprovider.types import Route

ROUTE = Route("campus", "m", "campus")


@pytest.fixture
def server():
    with provider_mock() as url:
        yield url


@pytest.fixture
def logged_in(server):
    """Log in to the account `campus`; its token has run out."""
    written("campus", mock_table(server))
    login = nbprovider.start_login("campus")
    nbprovider.complete_login(login, allowed(login.url))
    keep(replace(kept(), expires_at=1.0))
    return server


def kept() -> Tokens:
    vault = credentials.vault()
    return opened(vault.secret(vault.find("campus"), "oauth"))


def keep(tokens: Tokens) -> None:
    vault = credentials.vault()
    account = vault.find("campus") or vault.add(Stored(new_id(), "campus", "campus"), {})
    vault.seal(account.id, "oauth", tokens.sealed())


def refreshes(server: str) -> int:
    return int(get(f"{server}/refreshes")[1])


def test_a_token_that_ran_out_is_renewed_and_kept_before_it_is_used(logged_in):
    before = kept()
    used = current().access(ROUTE).secret.reveal()
    after = kept()
    assert used == after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert after.expires_at > time.time() + 60
    assert after.subject == "ada"
    assert refreshes(logged_in) == 1


def test_a_token_that_is_good_is_left_alone(logged_in):
    for _ in range(3):
        current().access(ROUTE)
    assert refreshes(logged_in) == 1


RACER = """
import sys, time, pathlib
from nbprovider.session import current
from nbprovider.types import Route

current().settings
print("ready", flush=True)
sys.stdin.readline()
print(current().access(Route("campus", "m", "campus")).secret.reveal(), flush=True)
"""


def test_of_several_kernels_one_renews_for_all(logged_in):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    assert all(racer.stdout.readline() == "ready\n" for racer in racers)
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    used = {racer.communicate(timeout=60)[0].strip() for racer in racers}
    assert used == {kept().access_token}
    assert refreshes(logged_in) == 1


def test_threads_of_one_kernel_renew_once(logged_in):
    used: list[str] = []
    threads = [
        threading.Thread(target=lambda: used.append(current().access(ROUTE).secret.reveal()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert used == [kept().access_token] * 4
    assert refreshes(logged_in) == 1


def test_a_revoked_login_leads_back_in_one_sentence(logged_in):
    urllib.request.urlopen(f"{logged_in}/users/ada/revoke-tokens", b"", timeout=10).close()
    with pytest.raises(Unauthorized) as caught:
        current().access(ROUTE)
    assert caught.value.hint == "Log in again: `%provider login campus`."


def test_a_login_without_a_way_to_renew_it_ends_with_its_token(server):
    written("campus", mock_table(server))
    keep(Tokens("at", expires_at=1.0))
    with pytest.raises(Unauthorized, match="%provider login campus"):
        current().access(ROUTE)
    assert refreshes(server) == 0


def test_the_account_is_named_where_it_has_a_name_of_its_own(server):
    written("campus", mock_table(server))
    vault = credentials.vault()
    account = vault.add(Stored(new_id(), "campus", "work"), {})
    vault.seal(account.id, "oauth", Tokens("at", expires_at=1.0).sealed())
    with pytest.raises(Unauthorized, match="%provider login campus work"):
        current().access(Route("campus", "m", "work"))


def at(url: str) -> dict:
    return {"authorize": f"{url}/login", "token": f"{url}/token", "client_id": "us"}


@pytest.mark.parametrize("left", [30, -1])
def test_without_a_network_a_token_is_used_to_its_very_end(left):
    with nobody() as url:
        written("campus", at(url))
        keep(Tokens("at-old", "rt", time.time() + left))
        if left > 0:
            assert current().access(ROUTE).secret.reveal() == "at-old"
        else:
            with pytest.raises(Unavailable):
                current().access(ROUTE)
    assert kept().refresh_token == "rt"


@pytest.mark.skipif(os.name == "nt", reason="a signal of POSIX")
def test_an_interrupt_does_not_lose_a_login_that_is_being_renewed():
    """The refresh token is used up by then: what comes back has to be kept."""
    asked, go_on = threading.Event(), threading.Event()

    def slow(peer):
        asked.set()
        go_on.wait(30)
        peer.whole(200, {"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 3600})

    def interrupt():
        asked.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    with serving(slow) as server:
        written("campus", at(server.url))
        keep(Tokens("at-1", "rt-1", 1.0))
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            current().access(ROUTE)
        assert kept().access_token == "at-1"
        go_on.set()
        for thread in threading.enumerate():
            if thread.name == "nbprovider-renewal":
                thread.join(30)
    assert kept().refresh_token == "rt-2"
    assert current().access(ROUTE).secret.reveal() == "at-2"
