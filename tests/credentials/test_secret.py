import copy
import gc
import json
import pickle
import traceback

import msgspec
import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access, Found, Secret, redact
from nbprovider.credentials.secret import known_values
from nbprovider.errors import MissingKey

KEY = "zQ81seededKEY77xyzzy"  # shaped like nothing, so that only knowing it can hide it


def test_a_secret_shows_itself_in_no_text() -> None:
    secret = Secret(KEY)
    access = Access(Endpoint(catalog.find("groq"), "https://x.example"), secret, "")
    shown = (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        "%s" % secret,  # noqa: UP031 - one more way to format
        repr([secret]),
        repr(Found(secret, "here")),
        repr(access),
        str(vars(type(secret))),
    )
    assert not [text for text in shown if KEY[:6] in text]


def test_reveal_gives_the_key_without_the_white_space_of_pasting() -> None:
    assert Secret(f"  {KEY}\n").reveal() == KEY


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError) as caught:
        pickle.dumps({"key": Secret(KEY)}, protocol)
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode])
def test_a_secret_is_neither_copied_nor_written_as_json(way) -> None:
    with pytest.raises((TypeError, ValueError, NotImplementedError)) as caught:
        way(Secret(KEY))
    assert KEY not in str(caught.value)


def test_an_access_is_not_written_as_json() -> None:
    access = Access(Endpoint(catalog.find("groq"), "https://x.example"), Secret(KEY), "")
    with pytest.raises(TypeError):
        msgspec.json.encode(access)


def test_wiping_overwrites_the_bytes_and_ends_the_secret() -> None:
    secret = Secret(KEY)
    lying = memoryview(secret._value)
    with pytest.raises(BufferError):  # the view forbids the resize, after the zeros are written
        secret.wipe()
    assert bytes(lying) == bytes(len(KEY))
    lying.release()
    secret.wipe()
    assert not secret
    with pytest.raises(MissingKey, match="wiped"):
        secret.reveal()


def test_a_secret_is_known_as_long_as_it_lives() -> None:
    secret = Secret("short-lived-key")
    assert "short-lived-key" in known_values()
    del secret
    gc.collect()
    assert "short-lived-key" not in known_values()


def test_bytes_that_are_no_text_come_back_as_they_were() -> None:
    assert Secret("a\udcffb").reveal() == "a\udcffb"


def test_a_known_secret_is_redacted_whatever_its_shape() -> None:
    secret = Secret(KEY)
    assert redact(f"failed with {KEY}, twice {KEY}") == (
        "failed with …[redacted], twice …[redacted]"
    )
    assert secret


def test_of_two_secrets_where_one_begins_the_other_nothing_is_left() -> None:
    short, long = Secret("abcdefgh1234"), Secret("abcdefgh1234-and-more")
    assert "and-more" not in redact(f"{long.reveal()} {short.reveal()}")


def test_a_stand_in_for_a_key_is_left_in_the_text() -> None:
    secret = Secret("none")
    assert redact("none of these") == "none of these"
    assert secret
