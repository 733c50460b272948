"""`nbprovider.chats`: the life of a chat, and what can be read of it."""

from __future__ import annotations

import json
import math
from datetime import timedelta

import nbformat
import pytest

import nbprovider
from loopback import answering, delta, serving
from nbprovider import config, session
from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger.chat_merge import Draft, merge
from nbprovider.ledger.chats import Said
from nbprovider.types import (
    Citation,
    Media,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

MODEL = "openai-compatible:tiny"
PNG = b"\x89PNG\r\n\x1a\n"

chats = nbprovider.chats


@pytest.fixture
def again(monkeypatch):
    """Begin as another kernel does: a new session on the same files."""

    def begin():
        session.current().ledger.close()
        monkeypatch.setattr(session.session, "_SESSIONS", {})
        return session.current()

    return begin


@pytest.fixture
def server(monkeypatch):
    with serving(answering("fine")) as running:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{running.url}/v1")
        yield running


def say(name, *messages, system=""):
    """Keep a chat with these messages, each with a role's first letter, or as it is."""
    roles = {"u": "user", "a": "assistant"}
    made = (m if isinstance(m, Message) else Message(roles[m[0]], (Text(m[2:]),)) for m in messages)
    ledger = session.current().ledger
    added = tuple(Said(message) for message in made)
    return merge(ledger, Draft("", name, False, MODEL, system, added=added))


def names():
    return [one.name for one in chats.list()]


def test_a_chat_is_listed_with_its_model_turns_and_cost(server):
    nbprovider.Chat("paper", model=MODEL).ask("What is\na median?")
    (one,) = chats.list()
    assert (one.name, one.model, one.turns, one.first) == ("paper", MODEL, 2, "What is a median?")
    assert math.isnan(one.cost)
    assert one.unknown == 1
    assert "price unknown" in repr(chats)
    assert "paper" in chats._repr_mimebundle_()["text/markdown"]


def test_no_chats_yet_says_how_one_begins():
    assert "%%chat -c NAME" in repr(chats.list())


def test_the_frames_of_usage_hold_nothing_of_what_was_said(server):
    nbprovider.Chat("paper", model=MODEL).ask("ZEBRAFISH?")
    assert "ZEBRAFISH" not in nbprovider.usage().to_csv()


def test_cells_go_on_with_an_opened_chat(server, again):
    say("paper", "u One?", "a fine")
    opened = chats.open("paper")
    assert session.current().opened == "paper"
    assert session.current().chat("paper") is opened
    assert len(opened.messages) == 2
    assert again().opened == "main"


def test_main_of_an_earlier_kernel_is_gone_on_with_when_it_is_opened(server, again):
    main = session.current().chat("main")
    main.model = MODEL
    main.ask("One?")
    assert again().chat("main").messages == []
    main = chats.open("main")
    assert [message.text for message in main.messages] == ["One?", "fine"]
    assert main.model == MODEL
    main.ask("Two?")
    assert [(one.name, one.turns) for one in chats.list()] == [("main", 4)]


def test_main_of_this_kernel_stays_the_one_that_is_opened(server, again):
    say("main", "u Earlier", "a fine")
    main = session.current().chat("main")
    main.model = MODEL
    main.ask("Now?")
    chats.open("main")
    assert session.current().chat("main") is main
    assert main.messages[0].text == "Now?"


def test_a_chat_that_is_not_there_is_named_with_the_nearest():
    say("paper", "u One?")
    for action in (chats.open, chats.show, chats.delete):
        with pytest.raises(UsageError, match="no chat called 'papr'") as raised:
            action("papr")
        assert "paper" in raised.value.hint
    assert session.current().chats == {}


def test_another_name_is_of_the_chat_in_this_kernel_too(server):
    chat = session.current().chat("main")
    chat.model = MODEL
    chat.ask("One?")
    chats.rename("main", "paper")
    assert session.current().opened == "paper"
    assert session.current().chat("paper") is chat
    chat.ask("Two?")
    assert [(one.name, one.turns) for one in chats.list()] == [("paper", 4)]
    assert session.current().chat("main").messages == []


def test_a_name_that_is_taken_or_none_is_refused():
    say("a", "u One?")
    say("b", "u Two?")
    for new in ("b", "main", " ", "sk-proj-" + "a1B2" * 10):
        with pytest.raises(UsageError) as raised:
            chats.rename("a", new)
        assert "a1B2" not in str(raised.value)
    assert sorted(names()) == ["a", "b"]


def test_a_deleted_chat_comes_back_whole(server):
    chat = nbprovider.Chat("paper", model=MODEL, system="Be kind.")
    chat.ask("One?")
    chats.delete("paper")
    assert names() == []
    assert [one.name for one in chats.deleted()] == ["paper"]
    assert "restore" in repr(chats.deleted())
    assert nbprovider.Chat("paper").messages == []
    chats.restore("paper")
    back = nbprovider.Chat("paper")
    assert (back.system, len(back.messages)) == ("Be kind.", 2)
    with pytest.raises(UsageError, match="deleted chat called 'paper'"):
        chats.restore("paper")


def test_a_chat_whose_name_was_taken_meanwhile_comes_back_by_another():
    say("paper", "u One?")
    chats.delete("paper")
    say("paper", "u Two?")
    with pytest.raises(UsageError, match="already"):
        chats.restore("paper")
    chats.restore("paper", "earlier")
    assert chats.show("earlier").turns[0].message.text == "One?"


def test_deleting_the_opened_chat_goes_back_to_main():
    say("paper", "u One?")
    chats.open("paper")
    chats.delete("paper")
    assert session.current().opened == "main"
    assert "paper" not in session.current().chats


def test_only_deleted_chats_are_purged_unless_an_age_is_given():
    for name in ("a", "b", "c"):
        say(name, f"u In {name}")
    with pytest.raises(UsageError, match="in use"):
        chats.purge("a")
    chats.delete("a")
    chats.delete("b")
    assert chats.doomed("a") == ("a",)
    assert chats.purge("a").chats == ("a",)
    assert chats.purge().chats == ("b",)
    assert chats.doomed(older_than="1 day") == ()
    session.current().ledger.run("UPDATE chats SET changed_at = changed_at - 200000000000")
    assert chats.doomed(older_than=timedelta(days=3)) == ()
    assert chats.purge(older_than="2 days").chats == ("c",)
    assert names() == []


@pytest.mark.parametrize("span", ["soon", "90", "days", "-3 days", "1 day ago"])
def test_a_span_that_is_none_ends_nothing(span):
    say("a", "u One?")
    with pytest.raises(UsageError, match="no span of time"):
        chats.purge(older_than=span)
    with pytest.raises(UsageError, match="name, or an age"):
        chats.purge("a", older_than="1 day")
    assert names() == ["a"]


def test_a_purged_chat_is_gone_from_this_kernel_too(server):
    chat = session.current().chat("paper")
    chat.model = MODEL
    chat.ask("One?")
    chats.open("paper")
    chats.delete("paper")
    chats.purge()
    assert session.current().chat("paper").messages == []


def test_words_are_found_with_the_chat_they_were_said_in():
    say("paper", "u What is a median?", "a The middle.")
    say("other", "u Hello")
    found = chats.search("middle")
    assert [(hit.chat, hit.number, hit.role) for hit in found.hits] == [("paper", 2, "assistant")]
    assert "The middle." in repr(found)
    assert "nothing found" in repr(chats.search("nowhere"))
    with pytest.raises(UsageError, match="nothing to look for"):
        chats.search(" ")


def all_kinds():
    """Keep a chat in which everything is said that can be said."""
    say(
        "all kinds",
        Message(
            "user",
            (
                Text("What is {{ this }}?\n\n```python\nx = 1\n```"),
                Media("image", "image/png", PNG, name="a [b].png"),
                Media("document", "application/pdf", b"%PDF", name="c.pdf"),
                Media("image", "image/png", url="https://example.org/d.png"),
            ),
        ),
        Message(
            "assistant",
            (
                Thinking("Hm.", "signed", {"a": 1}),
                Text("Costs $5."),
                ToolCall("1", "look", '{"at": 1}'),
                Opaque("x", {"a": [1]}),
            ),
            "openai",
        ),
        Message(
            "tool", (ToolResult("1", "look", (Text("seen"), Media("image", "image/png", PNG))),)
        ),
        Message("assistant", (Text("A picture."), Citation("https://example.org", title="E"))),
        "u Again?",
        "u And again?",
        "a Yes.",
        system="Be kind.\nBe brief.",
    )


def test_a_chat_is_shown_with_all_that_was_said():
    all_kinds()
    shown = chats.show("all kinds")
    markdown = shown._repr_mimebundle_()["text/markdown"]
    for words in (
        "> Be brief.",
        "**1 · You · ",
        "{{ this }}",
        "look(",
        "seen",
        "[E](https://",
        "c.pdf",
    ):
        assert words in markdown, words
    assert "data:image/png;base64," in markdown
    assert "base64" not in repr(shown)
    assert "seen" in repr(shown)


def test_a_secret_that_became_known_later_is_not_shown(monkeypatch, tmp_path):
    say("paper", "u The word is plainsecret99.")
    known = "nbprovider.credentials.redaction.known_values"
    monkeypatch.setattr(known, lambda: ["plainsecret99"])
    shown = chats.show("paper")
    assert "plainsecret99" not in str(shown._repr_mimebundle_()) + repr(shown)
    for ending in ("md", "json", "ipynb"):
        path = chats.export("paper", tmp_path / f"chat.{ending}")
        assert "plainsecret99" not in path.read_text()
        assert "The word is" in path.read_text()


def test_a_notebook_is_valid_and_asks_what_was_asked(tmp_path):
    all_kinds()
    path = chats.export("all kinds", tmp_path / "chat.ipynb")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    asked = [cell for cell in notebook.cells if cell.source.startswith("%%chat")]
    first, second, third = asked
    assert first.source.startswith(
        f"%%chat -c 'all kinds' -m {MODEL} --raw\nWhat is {{{{ this }}}}?"
    )
    assert second.source == "%%chat -c 'all kinds'\nAgain?"
    assert "Costs" in first.outputs[0].data["text/markdown"]
    assert second.outputs == []
    assert third.outputs[0].data["text/plain"] == "Yes."
    files = next(cell for cell in notebook.cells if cell.get("attachments"))
    assert files.attachments == {"picture-1": {"image/png": "iVBORw0KGgo="}}
    assert "seen" in str(notebook.cells)
    assert "%load_ext nbprovider" in [cell.source for cell in notebook.cells]


def test_json_has_all_that_is_known(tmp_path):
    all_kinds()
    told = json.loads(chats.export("all kinds", tmp_path / "chat.json").read_text())
    assert (told["name"], told["model"], told["system"]) == (
        "all kinds",
        MODEL,
        "Be kind.\nBe brief.",
    )
    parts = told["turns"][0]["message"]["parts"]
    assert parts[1] == {
        "type": "media",
        "kind": "image",
        "mime": "image/png",
        "data": "iVBORw0KGgo=",
        "name": "a [b].png",
    }
    assert told["turns"][1]["message"]["origin"] == "openai"


def test_a_page_of_markdown_says_who_spoke(server, tmp_path):
    nbprovider.Chat("paper", model=MODEL).ask("One?")
    text = chats.export("paper", tmp_path / "chat.md").read_text()
    assert text.startswith("# paper\n")
    assert "**1 · You · 20" in text
    assert "**2 · tiny · 20" in text


def test_an_interrupted_answer_is_marked_where_it_is_read(monkeypatch):
    def script(peer):
        peer.head()
        peer.chunk(delta("one "))
        peer.wait_closed(10)

    with serving(script) as running:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{running.url}/v1")
        with nbprovider.Chat("paper", model=MODEL).stream("Count!") as stream:
            next(stream)
    assert "· interrupted" in chats.show("paper").markdown()


def test_a_file_that_is_there_or_of_no_form_is_not_written(tmp_path):
    say("paper", "u One?")
    taken = tmp_path / "taken.md"
    taken.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        chats.export("paper", taken)
    assert taken.read_text() == "mine"
    with pytest.raises(UsageError, match="says no form"):
        chats.export("paper", tmp_path / "chat.txt")
    with pytest.raises(ConfigError, match="cannot be written"):
        chats.export("paper", tmp_path / "nowhere" / "chat.md")
    assert [path.name for path in tmp_path.glob("*.*")] == ["taken.md"]


def test_a_fork_begins_as_its_chat_did_and_goes_on_by_itself(server):
    chat = nbprovider.Chat("paper", model=MODEL, system="Be kind.")
    chat.ask([Media("image", "image/png", PNG), "One?"])
    chat.ask("Two?")
    copy = chats.fork("paper", "bold", at=2)
    assert (copy.model, copy.system) == (MODEL, "Be kind.")
    assert [message.text for message in copy.messages] == ["One?", "fine"]
    assert copy.messages[0].parts[0].data == PNG
    copy.ask("Other?")
    assert [m.text for m in copy.messages] == ["One?", "fine", "Other?", "fine"]
    assert len(chats.show("paper").turns) == len(chats.show("bold").turns) == 4
    assert [hit.chat for hit in chats.search("other").hits] == ["bold"]
    assert chats.show("bold").turns[1].model == chats.show("paper").turns[1].model
    assert "2 · " in repr(chats.show("bold"))
    chats.delete("paper")
    chats.purge("paper")
    assert chats.show("bold").turns[0].message.parts[0].data == PNG


def test_a_fork_never_cuts_an_exchange_in_two():
    call = Message("assistant", (ToolCall("1", "look", "{}"),))
    gave = Message("tool", (ToolResult("1", "look", "blue"),))
    say("paper", "u One?", "a fine", "u Look!", call, gave, "a It is blue.")
    for at, kept in ((2, 2), (3, 2), (4, 2), (5, 2), (6, 6), (None, 6)):
        assert len(chats.fork("paper", f"at {at}", at).messages) == kept
    for at in (0, 7):
        with pytest.raises(UsageError, match=f"no turn {at}"):
            chats.fork("paper", "bold", at)
    with pytest.raises(UsageError, match="nothing to copy"):
        chats.fork("paper", "bold", 1)
    assert "bold" not in names()


def test_a_fork_takes_nobodys_name():
    say("paper", "u One?", "a fine")
    say("bold", "u Two?", "a fine")
    for new in ("bold", "paper", "main", " "):
        with pytest.raises(UsageError):
            chats.fork("paper", new)
    with pytest.raises(UsageError, match="no chat called 'papr'"):
        chats.fork("papr", "new")
    assert sorted(names()) == ["bold", "paper"]


def test_a_chat_that_is_kept_nowhere_is_forked_in_memory(server):
    config.settings_file().parent.mkdir(parents=True, exist_ok=True)
    config.settings_file().write_text("keep_chats = false", encoding="utf-8")
    main = session.current().chat("main")
    main.model = MODEL
    main.ask("One?")
    main.ask("Two?")
    copy = chats.fork("main", "bold", at=2)
    assert session.current().chat("bold") is copy
    assert [message.text for message in copy.messages] == ["One?", "fine"]
    with pytest.raises(UsageError, match="already"):
        chats.fork("main", "bold")
    assert names() == []
