"""`%provider chain|role|next|use -c|correct|explain|health|budget`, and `--models`."""

from __future__ import annotations

import pytest

import nbprovider
from loopback import answering, serving
from nbprovider import session
from nbprovider.errors import UsageError
from nbprovider.magics.provider import run
from nbprovider.session import current

CUSTOM = "openai-compatible:tiny"


@pytest.fixture(autouse=True)
def own_session(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "gsk_test0123456789")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test0123456789")


@pytest.fixture
def server(monkeypatch):
    with serving(answering("ok")) as started:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{started.url}/v1")
        yield started


def test_a_chain_is_created_shown_changed_and_deleted():
    assert "safe: openai:gpt-4o → groq:x" in run("chain create safe gpt-4o groq:x").text
    assert [row[1] for row in run("chain show safe").rows] == ["openai:gpt-4o", "groq:x"]
    run("chain edit safe groq:y")
    assert run("chain").rows == (("safe", "groq:y"),)
    assert nbprovider.chains["safe"] == ("groq:y",)
    run("chain delete safe")
    assert list(nbprovider.chains) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chain create groq gpt-4o", "'groq' is an account already"),
        ("chain create anthropic gpt-4o", "'anthropic' is a provider already"),
        ("chain create boss gpt-4o", "'boss' is a role already"),
        ("chain create auto gpt-4o", "'auto' is a role already"),
        ("chain create a:b gpt-4o", "cannot be a chain's name"),
        ("chain create safe gpt-4o@nobody", "No account is called 'nobody'"),
        ("chain create safe", "is used so: %provider chain create NAME MODEL …"),
        ("chain show safr", "no chain called 'safr'"),
        ("chain crate safe gpt-4o", "does not know 'crate'"),
        ("role x:y gpt-4o", "cannot be a role's name"),
        ("role groq gpt-4o", "means something else"),
        ("role coder gpt@nobody", "No account is called 'nobody'"),
        ("next", "no models to go through"),
        ("correct strong", "Nothing was asked yet"),
        ("correct dear", "no tier 'dear'"),
        ("budget week 5", "no budget of a 'week'"),
        ("budget day five", "'five' is no amount"),
        ("budget day", "How much may a day cost?"),
        ("health rest", "does not know 'rest'"),
    ],
)
def test_what_makes_no_sense_is_said(line, words):
    with pytest.raises(UsageError, match=words):
        run(line)


def test_a_chain_that_is_there_is_not_made_anew():
    run("chain create safe gpt-4o")
    with pytest.raises(UsageError, match=r"already.*chain edit safe"):
        run("chain create safe groq")


def test_a_role_stands_for_its_model_in_every_kernel(monkeypatch):
    run("role boss gpt-4o")
    run("role coder groq:x")
    monkeypatch.setattr(session.session, "_SESSIONS", {})
    assert str(current().route("boss").ref) == "openai:gpt-4o"
    assert str(current().route("coder").ref) == "groq:x"
    assert nbprovider.roles() == {"boss": "openai:gpt-4o", "coder": "groq:x"}
    run("role boss -")
    with pytest.raises(UsageError, match="%provider role boss MODEL"):
        current().route("boss")


def test_a_role_may_have_a_chain():
    run("chain create safe gpt-4o groq:x")
    run("role boss safe")
    assert run("role boss").text == "boss: safe."
    assert str(current().route("boss").ref) == "openai:gpt-4o"


def test_the_roles_are_shown_with_who_set_them():
    run("role coder groq:x")
    rows = {row[0]: row[1:] for row in run("role").rows}
    assert rows["coder"] == ("groq:x", "`%provider role`")
    assert rows["boss"] == ("", "")


def test_a_chat_is_moved_without_losing_anything(server):
    chat = current().chat("research")
    chat.ask("hi", model=CUSTOM)
    run("use groq:x -c research")
    assert chat.model == "groq:x"
    assert len(chat.messages) == 2
    assert current().active is None


def test_next_goes_through_a_chats_models():
    chat = current().chat("main")
    chat.cycle, chat.model = ["openai:a", "groq:b"], "openai:a"
    assert run("next").text == "main goes on with groq:b."
    assert run("next -c main").text == "main goes on with openai:a."


def test_auto_asks_the_cheap_model_or_the_strong_one_and_says_why(server):
    run(f"role cheap {CUSTOM}")
    run("role boss openai-compatible:huge")
    easy = nbprovider.ask("Translate: good morning", model="auto")
    hard = nbprovider.ask("Prove the theorem, and derive its lemma. Why?", model="auto")
    assert [request["body"]["model"] for request in server.requests] == ["tiny", "huge"]
    assert "auto: cheap (a simple task)" in easy.footer.text()
    assert "auto: strong (words of reasoning" in hard.footer.text()


def test_auto_may_be_the_active_model_and_says_what_that_means():
    assert "each question gets the cheap model or the strong one" in run("use auto").text
    assert current().active == "auto"


def test_a_chat_of_auto_stays_auto(server):
    run(f"role cheap {CUSTOM}")
    run("role boss openai-compatible:huge")
    chat = nbprovider.Chat("c", model="auto")
    chat.ask("Translate: good morning")
    chat.ask("Prove the theorem, and derive its lemma. Why?")
    assert [request["body"]["model"] for request in server.requests] == ["tiny", "huge"]
    assert chat.model == "auto"


def test_a_correction_moves_questions_like_the_last_one(server):
    run(f"role cheap {CUSTOM}")
    run("role boss openai-compatible:huge")
    question = "Name the parts of the contract that bind us after its end"
    nbprovider.ask(question, model="auto")
    assert "strong" in run("correct strong").text
    assert nbprovider.explain(question).tier == "strong"
    assert "your corrections" in repr(nbprovider.explain(question))


def test_an_explanation_names_features_points_and_model():
    told = run("explain Prove the theorem, and derive its lemma. Why?")
    assert told.rows[0][0] == "words of reasoning"
    assert told.rows[-1][0] == "together"
    assert told.note.startswith("strong: ")


def test_health_is_a_row_for_each_model_that_was_asked(server):
    nbprovider.ask("hi", model=CUSTOM)
    server.script = lambda peer: peer.whole(401, {"error": {"message": "no"}})
    with pytest.raises(nbprovider.errors.Unauthorized):
        nbprovider.ask("hi", model=CUSTOM, fallback=False)
    (row,) = run("health").to_dict("records")
    assert (row["account"], row["model"]) == ("openai-compatible", "tiny")
    assert (row["state"], row["failures"], row["calls"]) == ("closed", 0, 2)
    assert row["error_rate"] == 0.5
    assert row["last_error"].startswith("unauthorized: ")
    assert 0 < row["p50"] <= row["p95"]


def test_an_open_circuit_says_until_when_and_a_reset_closes_it(server):
    server.script = lambda peer: peer.whole(503, {"error": {"message": "busy"}}, retry_after="0")
    with pytest.raises(nbprovider.errors.Overloaded):
        nbprovider.ask("hi", model=CUSTOM, fallback=False)
    (row,) = run("health").to_dict("records")
    assert (row["state"], row["failures"]) == ("open", 3)
    assert (row["opens_again"] - row["since"]).total_seconds() == pytest.approx(60, abs=0.1)
    assert row["last_error"].startswith("overloaded: ")
    assert run("health reset openai-compatible").text == "1 circuit closed."
    server.script = answering("ok")
    assert nbprovider.ask("hi", model=CUSTOM).text == "ok"


def test_a_probe_tries_an_account_at_once(server):
    server.script = lambda peer: peer.whole(503, {"error": {"message": "busy"}}, retry_after="0")
    with pytest.raises(nbprovider.errors.Overloaded):
        nbprovider.ask("hi", model=CUSTOM, fallback=False)
    server.script = answering("ready")
    assert run(f"health probe {CUSTOM}") is not None
    assert set(run("health")["state"]) == {"closed"}


def test_a_budget_is_set_shown_and_taken_away():
    assert run("budget day 5").text == "A day may cost $5.00."
    assert run("budget").rows[0][:2] == ("day", "$5.00")
    assert run("budget day 0").text == "A day has no budget."
    assert run("budget chat $0.50").text == "A chat may cost $0.50."
    assert run("budget chat -").text == "A chat has no budget."
