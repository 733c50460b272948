"""The store of chats: listed, searched, and forgotten for good."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from weakref import WeakSet

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbprovider.credentials import secret
from nbprovider.ledger import Attempt, Ledger, chat_list, chat_purge, chat_search, chats
from nbprovider.ledger.chat_merge import Draft, merge
from nbprovider.ledger.chats import Said
from nbprovider.types import Media, Message, Text

DAY = 86_400


@pytest.fixture
def ledger(tmp_path: Path):
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def user(*parts):
    made = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    return Said(Message("user", made))


def keep(ledger, name, *words, call_id=""):
    added = tuple(Said(Message("user", (Text(w),)), call_id=call_id) for w in words)
    return merge(ledger, Draft("", name, anew=False, added=added)).id


def texts(ledger, chat):
    return [turn.message.text for turn in chats.said(ledger, chat)]


def found(ledger, words):
    return [(hit.chat, hit.number) for hit in chat_search.search(ledger, words).hits]


def test_a_chat_is_listed_with_its_turns_and_its_beginning(ledger):
    keep(ledger, "a", "First?", "second")
    keep(ledger, "b", "x" * 500)
    first, last = chat_list.listed(ledger)
    assert (first.chat.name, first.turns, len(first.first)) == ("b", 1, chat_list.FIRST)
    assert (last.chat.name, last.turns, last.first) == ("a", 2, "First?")


@pytest.mark.parametrize(
    ("attempts", "cost", "unknown"),
    [
        ([("ok", 5, "list"), ("ok", 7, "list")], 12, 0),
        ([("ok", None, "unknown")], None, 1),
        ([("ok", None, "unknown"), ("ok", 7, "list")], 7, 1),
        ([("failed", 0, "unbilled"), ("ok", None, "unknown")], None, 1),
        ([("ok", 0, "local")], 0, 0),
        ([("running", None, "unknown"), ("ok", 7, "list")], 7, 0),
        ([], None, 0),
    ],
)
def test_what_a_chat_cost_never_takes_unknown_for_nothing(ledger, attempts, cost, unknown):
    """All attempts of a call count, and the call counts once though two turns come from it."""
    keep(ledger, "a", "question", "answer", call_id="c1")
    keep(ledger, "b", "other", call_id="c2")
    ledger.keep(Attempt("c2", 1, 1, status="ok", cost_nano=1000, cost_source="list"))
    for number, (status, nano, source) in enumerate(attempts, 1):
        row = Attempt("c1", number, 1, status=status, cost_nano=nano, cost_source=source)
        ledger.keep(row)
    one = next(one for one in chat_list.listed(ledger) if one.chat.name == "a")
    assert (one.cost_nano, one.unknown) == (cost, unknown)


def test_a_deleted_chat_is_out_of_use_until_it_is_restored(ledger):
    chat = keep(ledger, "a", "hello")
    chat_list.delete(ledger, chat)
    assert chat_list.listed(ledger) == ()
    assert chats.in_use(ledger, "a") is None
    assert found(ledger, "hello") == []
    assert [one.chat.id for one in chat_list.deleted(ledger)] == [chat]
    other = keep(ledger, "a", "another")
    assert not chat_list.restore(ledger, chat, "a")
    assert chat_list.restore(ledger, chat, "b")
    assert texts(ledger, chats.in_use(ledger, "b").id) == ["hello"]
    assert not chat_list.rename(ledger, other, "b")
    assert chat_list.rename(ledger, other, "c")


def test_a_turn_that_cannot_be_read_keeps_its_words(ledger):
    """One of a later nbprovider may have parts that this one does not know."""
    chat = keep(ledger, "a", "hello", "world")
    ledger.run('UPDATE turns SET message = \'{"parts": [{"type": "new"}]}\' WHERE number = 1')
    assert texts(ledger, chat) == ["hello", "world"]


def test_media_are_kept_once(ledger):
    picture = Media("image", "image/png", b"PNG" * 1000, name="p.png")
    added = (user("What?", picture), user(picture, picture))
    chat = merge(ledger, Draft("", "a", anew=False, added=added)).id
    assert ledger.run("SELECT count(*) FROM media") == [(1,)]
    assert [turn.message for turn in chats.said(ledger, chat)] == [turn.message for turn in added]


def test_a_file_that_is_lost_from_the_store_is_told_in_words(ledger):
    """Damage may take it; a chat that cannot be sent any more would be worse."""
    added = (user("What?", Media("image", "image/png", b"PNG", name="p.png")),)
    chat = merge(ledger, Draft("", "a", anew=False, added=added)).id
    ledger.run("DELETE FROM media")
    (turn,) = chats.said(ledger, chat)
    assert turn.message.parts == (Text("What?"), Text("[p.png: lost from the store]"))


def test_media_go_with_the_last_turn_that_has_them(ledger):
    picture = Media("image", "image/png", b"PNG")
    added = (user("What?", picture), user(picture))
    draft = Draft("", "a", anew=False, added=added)
    done = merge(ledger, draft)
    merge(ledger, Draft(done.id, "a", anew=False, after=2, dropped=(2,)))
    assert ledger.run("SELECT count(*) FROM media") == [(1,)]
    merge(ledger, Draft(done.id, "a", anew=False, edits=1, after=1, dropped=(1,)))
    assert ledger.run("SELECT count(*) FROM media") == [(0,)]
    assert ledger.run("SELECT count(*) FROM turn_media") == [(0,)]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("median", [1, 4]),
        ("MEDIAN", [1, 4]),
        ("med", [1, 4]),
        ("median outlier", [1]),
        ("cafe", [2]),
        ("C++", [3]),
        ("foo_bar.baz", [4]),
        ("100%", [5]),
        ("中位", [6]),
        ("データ", [6]),
        ("🔧", [7]),
        ("edian", []),
        ("%", [5]),
        ("nothing", []),
    ],
)
def test_words_are_found_as_beginnings_and_signs_as_they_stand(ledger, words, numbers):
    keep(
        ledger,
        "a",
        "The median and its outliers",
        "In the café",
        "C++ or C?",
        "foo_bar.baz is the median of foo bar baz",
        "100% sure",
        "これは中位数のデータです",
        "a 🔧 b",
    )
    assert sorted(number for _, number in found(ledger, words)) == numbers


def test_what_is_said_after_a_search_is_found_by_the_next(ledger):
    keep(ledger, "a", "one fish")
    assert found(ledger, "fish") == [("a", 1)]
    keep(ledger, "a", "two fish")
    assert sorted(found(ledger, "fish")) == [("a", 1), ("a", 2)]


def test_a_hit_shows_what_stands_around_the_words(ledger):
    keep(ledger, "a", "x " * 200 + "the\nmedian\nis " + "y " * 200)
    (hit,) = chat_search.search(ledger, "median").hits
    assert "the median is" in hit.text
    assert len(hit.text) < 200


SIGNS = st.text(st.sampled_from("\"'*^:(){}[]-+~.,;%_\\\0\n ANDORNTE\ud800é中a"), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SIGNS | st.text(max_size=30))
def test_no_query_is_an_error(ledger, words):
    """The index has a language of its own: NEAR, AND, quotes, colons, stars."""
    if not ledger.run("SELECT 1 FROM turns"):
        keep(ledger, "a", "hello AND goodbye", 'NEAR "x" *')
    assert chat_search.search(ledger, words).note == ""


def test_words_are_found_literally_even_if_the_index_has_a_meaning_for_them(ledger):
    keep(ledger, "a", "either this or that", "neither")
    assert found(ledger, "this or that") == [("a", 1)]
    assert found(ledger, "this OR neither") == []


def test_without_a_full_text_index_every_turn_is_read_and_the_reader_is_told(ledger, monkeypatch):
    keep(ledger, "a", "The median", "the mean")

    def missing(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(chat_search, "_index", missing)
    result = chat_search.search(ledger, "MEDIAN the")
    assert [hit.number for hit in result.hits] == [1]
    assert "no such module: fts5" in result.note


def test_a_damaged_index_is_made_anew_and_the_ledger_stays(ledger):
    keep(ledger, "a", "one fish")
    assert found(ledger, "fish")
    ledger.run("UPDATE turn_words_data SET block = x'00'")
    assert found(ledger, "fish") == [("a", 1)]
    assert ledger.notes == []


def test_a_turn_that_was_taken_away_is_not_found(ledger):
    done = merge(ledger, Draft("", "a", anew=False, added=(user("one fish"), user("two fish"))))
    assert len(found(ledger, "fish")) == 2
    merge(ledger, Draft(done.id, "a", anew=False, after=2, dropped=(2,)))
    assert found(ledger, "fish") == [("a", 1)]
    keep(ledger, "a", "three birds")
    assert found(ledger, "birds") == [("a", 2)]
    assert found(ledger, "two") == []


WORDS = ("ZEBRAFISH", "OKAPI", "NARWHAL", "QUAGGA")


def on_disk(path: Path) -> bytes:
    """Return every byte of the file and of what lies beside it."""
    return b"".join(p.read_bytes() for p in path.parent.iterdir() if p.is_file())


@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize("searched", [True, False])
def test_purged_words_are_in_no_byte_of_the_files(ledger, journal, searched):
    """Neither in free pages, nor in the log, nor in the index; what remains is whole."""
    ledger.run(f"PRAGMA journal_mode = {journal}")
    picture = Media("image", "image/png", b"NARWHAL" * 5000, name="QUAGGA")
    other = Media("image", "image/png", b"WALRUS" * 5000)
    added = [user("ZEBRAFISH " + "pad " * 500, picture, other) for _ in range(30)]
    added.append(Said(Message("assistant", (Text("OKAPI"),))))
    gone = merge(ledger, Draft("", "gone", anew=False, system="OKAPI", added=tuple(added))).id
    stays = merge(ledger, Draft("", "stays", anew=False, added=(user("Lion", other),))).id
    merge(ledger, Draft(gone, "gone", anew=False, system="OKAPI", after=31, dropped=(1, 2, 3)))
    if searched:
        assert found(ledger, "zebrafish")
    ledger.run("DELETE FROM turns WHERE number = 9")  # as damage may do
    assert all(word.lower().encode() in on_disk(ledger.path).lower() for word in WORDS)
    chat_list.delete(ledger, gone)
    done = chat_purge.purge(ledger, (gone,))
    assert (done.chats, done.note) == (("gone",), "")
    left = on_disk(ledger.path).lower()
    assert [word for word in WORDS if word.lower().encode() in left] == []
    assert b"walrus" in left
    assert [turn.message for turn in chats.said(ledger, stays)] == [user("Lion", other).message]
    assert found(ledger, "zebrafish") == []
    assert found(ledger, "lion") == [("stays", 1)]
    assert ledger.run("PRAGMA integrity_check") == [("ok",)]


def test_a_purge_while_another_kernel_reads_says_so_and_the_next_one_ends_it(ledger):
    gone = keep(ledger, "gone", "ZEBRAFISH")
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM turns").fetchall()
        ledger.maintain(lambda connection: connection.execute("PRAGMA busy_timeout = 50"))
        assert "another kernel reads" in chat_purge.purge(ledger, (gone,)).note
    assert chat_purge.purge(ledger, ()).note == ""
    assert b"ZEBRAFISH" not in on_disk(ledger.path)


def test_a_purge_that_cannot_reach_the_file_does_not_claim_to(tmp_path):
    (tmp_path / "taken").write_text("no folder")
    with closing(Ledger(tmp_path / "taken" / "ledger.db")) as ledger:
        gone = keep(ledger, "gone", "ZEBRAFISH")
        assert "what is in the file stays there" in chat_purge.purge(ledger, (gone,)).note


def test_a_chat_that_is_kept_amid_other_work_joins_it(ledger):
    """An answer that nobody holds any more is kept when Python collects it: at any moment."""
    chat = ledger.together(lambda _: keep(ledger, "a", "hello"))
    assert texts(ledger, chat) == ["hello"]
    assert not ledger.in_memory


def test_chats_are_old_by_their_last_use(ledger):
    old, new = keep(ledger, "old", "one"), keep(ledger, "new", "two")
    ledger.run("UPDATE chats SET changed_at = changed_at - ? WHERE id = ?", (3 * DAY * 10**6, old))
    assert chat_purge.older(ledger, 2 * DAY) == {old: "old"}
    assert set(chat_purge.older(ledger, 0)) == {old, new}
    assert chat_purge.older(ledger, 4 * DAY) == {}


def test_ten_thousand_turns_are_listed_and_searched(ledger, monkeypatch):
    monkeypatch.setattr(secret, "_known", WeakSet())  # those of the tests before are many
    for chat in range(100):
        keep(ledger, f"chat {chat}", *(f"word{chat} common turn {n}" for n in range(100)))
    assert len(chat_list.listed(ledger)) == 100
    assert all(one.turns == 100 for one in chat_list.listed(ledger))
    assert len(found(ledger, "word7 turn")) == chat_search.MOST
    assert {name for name, _ in found(ledger, "word42")} == {"chat 42"}


def test_many_chats_of_one_name_get_names_of_their_own(ledger):
    for number in range(12):
        added = (user(f"question {number}"),)
        merge(ledger, Draft("", "main", anew=True, added=added))
    names = {one.chat.name: one.first for one in chat_list.listed(ledger)}
    assert len(names) == 12
    assert names["main"] == "question 11"


WRITE = """
import sys
from pathlib import Path
from weakref import WeakSet
from nbprovider.ledger import Ledger
from nbprovider.ledger.chat_merge import Draft, merge
from nbprovider.ledger.chats import Said
from nbprovider.types import Message, Text
ledger, name = Ledger(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
chat, edits, after = "", 0, 0
for number in range(50):
    said = [Said(Message(role, (Text(f"{name} {number}"),))) for role in ("user", "assistant")]
    done = merge(ledger, Draft(chat, "shared", False, edits=edits, after=after, added=tuple(said)))
    chat, edits, after = done.id, done.edits, done.ids[-1]
print(ledger.notes)
ledger.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="processes are started as unix does")
def test_kernels_that_write_to_one_chat_at_once_lose_nothing(ledger):
    """Also when they begin it together; a question stays with its answer."""
    command = [sys.executable, "-W", "error", "-c", WRITE, str(ledger.path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen([*command, f"kernel {n}"], **pipes) for n in range(4)]
    for process in running:
        process.stdout.readline()
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        out, _ = process.communicate(timeout=100)
        assert (process.returncode, out.strip()) == (0, "[]")
    said = texts(ledger, chats.in_use(ledger, "shared").id)
    assert said[::2] == said[1::2]
    assert sorted(said[::2]) == sorted(f"kernel {n} {m}" for n in range(4) for m in range(50))
    assert ledger.run("SELECT count(*) FROM chats") == [(1,)]
