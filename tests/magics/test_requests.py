"""`%provider audit`: the requests, newest last, and whether somebody touched the list."""

from __future__ import annotations

import pytest

from nbprovider import config
from nbprovider.credentials import audit
from nbprovider.errors import UsageError
from nbprovider.magics import doctor
from nbprovider.magics.provider import run
from nbprovider.types import Ref, Request


@pytest.fixture
def asked():
    for number in range(30):
        body = b"%d" % number
        audit.note(
            Request("POST", "https://api.example/v1/chat", {}, body), Ref("groq", "m", "own")
        )
    return config.home().data / "vault" / "audit.jsonl"


def numbers(table):
    return [int(row[0]) for row in table.rows]


@pytest.mark.usefixtures("asked")
def test_the_last_requests_are_shown():
    assert numbers(run("audit")) == list(range(11, 31))
    assert numbers(run("audit 3")) == [28, 29, 30]
    assert numbers(run("audit 999")) == list(range(1, 31))
    table = run("audit 1")
    assert table.rows[0][2:] == ("own", "m", "POST api.example/v1/chat", "2")
    assert "The chain holds" in table.note


@pytest.mark.usefixtures("asked")
def test_a_whole_chain_is_told():
    assert "The chain holds: 30 requests, numbers 1 to 30" in str(run("audit verify"))


def test_a_broken_chain_is_told_with_its_place(asked):
    asked.write_text(asked.read_text().replace("api.example", "other.example", 1))
    table = run("audit verify")
    assert table.rows == (("Line 1: entry 1 was changed.",),)
    assert "does not hold" in run("audit").note


def test_no_request_yet():
    assert str(run("audit verify")) == "No request was noted yet."
    assert run("audit").rows == ()
    assert run("audit")._repr_mimebundle_()


@pytest.mark.parametrize("word", ["0", "-1", "check", "1.5"])
def test_another_word_is_a_usage_error(word):
    with pytest.raises(UsageError, match="audit"):
        run(f"audit {word}")


def found():
    return [row[1:] for row in doctor.table().rows if row[0] == "audit"]


def test_the_doctor_tells_whether_requests_are_noted():
    assert found()[0][0] == "✓"
    data = config.home().data
    data.parent.mkdir(parents=True, exist_ok=True)
    if data.exists():
        data.rename(data.with_suffix(".was"))
    data.write_text("a file where the data folder should be")
    audit.note(Request("GET", "https://api.example/v1", {}), None)
    ((mark, why),) = found()
    assert (mark, "could not be noted" in why) == ("!", True)


def test_the_doctor_tells_that_it_is_off(isolated):
    path = config.settings_file()
    path.parent.mkdir(parents=True)
    path.write_text("audit = false\n")
    assert found()[0][0] == "-"
