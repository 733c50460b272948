"""The list of requests: signed, chained, a ring, shared by kernels, and in nobody's way."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time

import pytest

from nbprovider import config
from nbprovider.credentials import audit
from nbprovider.credentials.audit_ring import KEPT, SLACK
from nbprovider.errors import ConfigError
from nbprovider.types import Command, Ref, Request

ABOUT = Ref("groq", "tiny", "mine")
KEY = "sk-proj-" + "Ab3" * 14


def request(body=b"hello"):
    headers = {"Authorization": f"Bearer {KEY}"}
    return Request("POST", f"https://u:p@api.example:8443/v1/chat?key={KEY}", headers, body)


def fill(number):
    for index in range(number):
        audit.note(request(b"%d" % index), ABOUT)
    assert audit.trouble() == ""


@pytest.fixture
def folder():
    return config.home().data / "vault"


@pytest.fixture
def log(folder):
    return folder / "audit.jsonl"


def test_an_entry_says_what_was_asked_and_no_secret(log):
    audit.note(request(b"the question"), ABOUT)
    (entry,) = audit.verified().entries
    assert (entry.provider, entry.account, entry.model) == ("groq", "mine", "tiny")
    assert (entry.method, entry.host, entry.path) == ("POST", "api.example:8443", "/v1/chat")
    assert (entry.number, entry.length, entry.previous) == (1, 12, "0" * 64)
    assert entry.at.endswith("+00:00")
    text = log.read_text()
    assert KEY not in text
    assert "question" not in text
    assert "u:p" not in text


def test_a_program_is_noted_by_its_name():
    audit.note(Command(("/usr/local/bin/claude", "-p", KEY), b"the question"), ABOUT)
    (entry,) = audit.verified().entries
    assert (entry.method, entry.host, entry.path, entry.length) == ("RUN", "claude", "", 12)


def test_a_request_for_no_account_is_noted():
    audit.note(request(), None)
    (entry,) = audit.verified().entries
    assert (entry.provider, entry.account, entry.model) == ("", "", "")


def test_the_files_are_the_users_alone(folder):
    fill(SLACK * 7)
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("audit.jsonl", "audit.key"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_a_signature_is_of_one_body_provider_model_and_time():
    audit.note(request(b"this"), ABOUT)
    (entry,) = audit.verified().entries
    assert audit.is_of(entry, b"this")
    assert not audit.is_of(entry, b"that")


def test_the_chain_holds_and_the_ring_keeps_the_last_of_it(log):
    fill(KEPT + SLACK + 37)
    found = audit.verified()
    assert found.problems == ()
    assert [entry.number for entry in found.entries] == list(range(138, 638))
    assert len(log.read_bytes().splitlines()) < KEPT + SLACK


def edited(log, edit):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    lines = edit(lines) or lines
    log.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


@pytest.mark.parametrize(
    "field",
    [
        "number",
        "at",
        "provider",
        "account",
        "model",
        "method",
        "host",
        "path",
        "length",
        "signature",
        "previous",
        "seal",
    ],
)
def test_a_changed_field_is_seen(log, field):
    fill(5)

    def edit(lines):
        value = lines[2][field]
        lines[2][field] = value + 1 if isinstance(value, int) else "0" + value[1:] + "x"

    edited(log, edit)
    assert any("Line 3:" in problem for problem in audit.verified().problems)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda lines: lines[:2] + lines[3:], "Between entries 2 and 4"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "Between entries 1 and 3"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], "Between entries 3 and 3"),
        (lambda lines: lines[1:], "oldest entries are missing: those before 2"),
        (lambda lines: lines[:-2], "newest entries are missing: 4 to 5"),
        (lambda lines: lines[:1] + lines[4:], "Between entries 1 and 5"),
    ],
)
def test_what_was_taken_out_moved_or_doubled_is_seen(log, edit, said):
    fill(5)
    edited(log, edit)
    assert any(said in problem for problem in audit.verified().problems)


def test_it_is_still_seen_after_more_requests(log):
    fill(5)
    edited(log, lambda lines: lines[:-2])
    fill(3)
    assert audit.verified().problems == ("Between entries 3 and 6 something was changed.",)


def test_an_empty_list_where_there_was_one_is_seen(log):
    fill(3)
    log.write_text("")
    assert audit.verified().problems == ("The newest entries are missing: 1 to 3.",)
    log.unlink()
    assert audit.verified().problems == ("The newest entries are missing: 1 to 3.",)


def test_a_list_made_with_another_key_is_seen(folder, log):
    fill(3)
    key = (folder / "audit.key").read_bytes()
    (folder / "audit.key").write_bytes(bytes(32) + key[32:])
    assert list(audit.verified().problems) == [
        f"Line {n}: entry {n} was changed." for n in (1, 2, 3)
    ]


def test_without_its_key_nothing_can_be_verified_and_a_new_list_begins(folder, log):
    fill(3)
    (folder / "audit.key").unlink()
    assert audit.verified().problems == ("The key is gone: nothing can be verified.",)
    fill(2)
    assert audit.verified().problems == ()
    assert len(audit.verified().entries) == 2
    assert (folder / "audit.old").read_bytes().count(b"\n") == 3


def test_nothing_is_wrong_with_no_list(log):
    assert audit.verified() == audit.Verdict((), ())


def test_the_beginning_of_an_entry_that_was_never_written_whole_is_cut_off(log):
    fill(2)
    with log.open("ab") as file:
        file.write(b'{"number":3,"at":"20')
    fill(1)
    found = audit.verified()
    assert found.problems == ()
    assert [entry.number for entry in found.entries] == [1, 2, 3]


def test_a_kernel_that_died_before_it_remembered_its_entry_breaks_nothing(folder):
    fill(2)
    before = (folder / "audit.key").read_bytes()
    fill(1)
    (folder / "audit.key").write_bytes(before)
    assert audit.verified().problems == ()
    fill(1)
    assert audit.verified().problems == ()


def test_a_forged_entry_at_the_end_is_not_built_upon(log):
    fill(2)

    def forge(lines):
        return [*lines, {**lines[-1], "number": 3, "previous": lines[-1]["seal"], "seal": "no"}]

    edited(log, forge)
    fill(1)
    assert audit.trouble() == ""
    assert "Line 3: entry 3 was changed." in audit.verified().problems


@pytest.mark.parametrize("rubbish", [b"", b"\n\n", b"\x00\xff\n", b"[]\n", b"{}\n", b"x" * 20000])
def test_rubbish_in_the_list_is_seen_and_stops_nobody(log, rubbish):
    fill(2)
    with log.open("ab") as file:
        file.write(rubbish)
    fill(1)
    assert [entry.number for entry in audit.verified().entries] == [1, 2, 3]


NOTING = """
import sys
from nbprovider.credentials import audit
from nbprovider.types import Ref, Request
for index in range(int(sys.argv[1])):
    audit.note(Request("POST", "https://api.example/v1", {}, b"x"), Ref("p", "m", "a"))
    if audit.trouble():
        sys.exit(audit.trouble())
"""


def another_kernel(number):
    return subprocess.Popen([sys.executable, "-c", NOTING, str(number)])


def test_eight_kernels_at_once_lose_nothing_and_keep_the_chain():
    running = [another_kernel(60) for _ in range(8)]
    assert [process.wait(60) for process in running] == [0] * 8
    found = audit.verified()
    assert found.problems == ()
    assert [entry.number for entry in found.entries] == list(range(1, 481))


def test_kernels_that_are_killed_keep_the_chain():
    chance = random.Random(5)
    for _ in range(4):
        process = another_kernel(10**6)
        noted, end = len(audit.verified().entries), time.monotonic() + 30
        while len(audit.verified().entries) == noted and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(chance.random() / 20)
        process.kill()
        process.wait()
        assert audit.verified().problems == ()
        fill(1)
    assert audit.verified().problems == ()
    assert audit.verified().entries


def test_a_home_that_cannot_be_written_stops_nobody(folder):
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.write_text("a file where the data folder should be")
    audit.note(request(), ABOUT)
    assert str(folder) in audit.trouble()
    folder.parent.unlink()
    fill(1)
    assert audit.trouble() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limits there")
def test_a_full_disk_stops_nobody():
    script = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600));" + NOTING
    told = subprocess.run(
        [sys.executable, "-c", script, "9"], check=False, capture_output=True, text=True
    )
    assert told.returncode == 1
    assert "File too large" in told.stderr
    assert "Traceback" not in told.stderr
    fill(2)
    assert audit.verified().problems == ()


def test_a_lock_that_nobody_gives_back_stops_nobody(folder, monkeypatch):
    from filelock import FileLock

    from nbprovider.credentials import audit_ring

    fill(1)
    monkeypatch.setattr(audit_ring, "PATIENCE", 0.05)
    with FileLock(folder / "audit.lock"):
        audit.note(request(), ABOUT)
        assert "audit.lock" in audit.trouble()
    fill(1)


def test_a_list_that_cannot_be_locked_is_read(folder):
    """As in a home that is read-only."""
    fill(2)
    (folder / "audit.lock").unlink(missing_ok=True)
    (folder / "audit.lock").mkdir()
    assert len(audit.verified().entries) == 2


def test_a_list_that_cannot_be_read_is_told(log):
    fill(1)
    log.unlink()
    log.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        audit.verified()


def test_the_key_is_made_anew_in_every_home(folder):
    fill(1)
    first = (folder / "audit.key").read_bytes()[:32]
    for name in ("audit.key", "audit.jsonl"):
        (folder / name).unlink()
    fill(1)
    assert (folder / "audit.key").read_bytes()[:32] != first


def test_only_the_entry_that_was_changed_is_told(log):
    """An entry that was changed is told once, and the entries around it are not blamed."""
    fill(5)

    def edit(lines):
        lines[2]["host"] = "elsewhere.example"

    edited(log, edit)
    assert audit.verified().problems == ("Line 3: entry 3 was changed.",)
