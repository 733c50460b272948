"""Enter a key by the form: search, try, keep; nothing of the key is on any page."""

from __future__ import annotations

import threading

import pytest
from waiting import buttons, idle, part, said, settled

import nbprovider
from login_server import allowed, mock_table, provider_mock, query, written
from loopback import nobody, serving
from nbprovider import catalog, config, credentials
from nbprovider.credentials import Secret
from nbprovider.ui.forms import Hidden, Text
from nbprovider.ui.forms.accounts import AccountsTable
from nbprovider.ui.forms.credentials import Credentials
from nbprovider.ui.forms.draft import Draft, asked
from nbprovider.ui.forms.providers import offered
from on_offer import Provider
from seeds import SEEDS, seen

KEY = SEEDS["openai project"]
ALIVE = sorted(p.key for p in catalog.load().values() if p.kind != "retired")


@pytest.fixture
def form():
    made = Credentials()
    yield made
    made.close()


def enter(form, url, key=KEY, **more):
    """Fill in what a server of one's own needs."""
    form.set("provider", "openai-compatible")
    form.set("base_url", f"{url}/v1")
    form.set("key", Secret(key))
    for name, value in more.items():
        form.set(name, value)


def test_a_provider_is_found_by_its_name_and_by_what_it_is_good_for():
    assert offered("gro")[0].value == "groq"
    assert "claude" in " ".join(o.label for o in offered("claude")).lower()
    assert {o.value for o in offered("private")} >= {"ollama"}
    assert offered("no such thing at all") == ()
    assert sorted(o.value for o in offered()) == ALIVE


def test_a_search_with_one_match_chooses_it(form):
    form.set("search", "openrouter")
    assert part(form, "name_of_provider").text == "OpenRouter"


@pytest.mark.parametrize("key", ALIVE)
def test_each_provider_has_a_page_that_says_how_to_begin(key):
    """What its file says is asked: parts of its address, its services' addresses."""
    provider = catalog.load()[key]
    form = Credentials(key)
    try:
        assert part(form, "name_of_provider").text == provider.name
        assert all(step in part(form, "steps").text for step in provider.guide.steps)
        for name in (n for names in asked(provider) for n in names):
            assert isinstance(part(form, name), Text)
        takes_key = bool(provider.env) and bool(provider.auth) and not provider.program
        assert isinstance(part(form, "key"), Hidden) == takes_key
    finally:
        form.close()


def test_a_key_is_tried_and_kept_and_is_on_no_page(form):
    with serving(Provider(KEY, ("tiny", "small", "text-embedding-x"))) as server:
        enter(form, server.url)
        pages = [str(form.page())]
        assert "characters, not kept yet" in part(form, "key").note
        form.act("try")
        pages.append(str(form.page()))
        told = said(form)
        assert "It works: tiny answered in" in told
        assert "3 models on offer" in told
        assert [o.value for o in part(form, "models").options][:2] == ["", "tiny"]
        form.set("models", "small")
        form.set("name", "work")
        form.act("keep")
        assert "Saved as work" in said(form)
        pages.append(str(form.page()))
    assert not seen("\n".join(pages))
    kept = nbprovider.accounts.show("work")
    assert (kept.model, kept.base_url, kept.holds) == ("small", f"{server.url}/v1", "key")
    assert credentials.access("work").secret.holds(KEY)
    (row,) = nbprovider.usage().to_dict("records")
    assert (row["purpose"], row["account"], row["status"]) == ("test", "openai-compatible", "ok")


def test_a_wrong_key_is_told_with_its_fix_and_kept_only_if_one_wants(form):
    with serving(Provider("another")) as server:
        enter(form, server.url)
        form.act("try")
        assert "Incorrect API key provided" in said(form)
        assert form.said.text.endswith("Enter another one above.")
        assert form.said.tone == "bad"
        assert not nbprovider.accounts.list()


def test_a_server_that_is_not_there_is_told_so(form):
    with nobody() as url:
        enter(form, url)
        form.act("try")
        assert "connect" in said(form).lower()
        assert form.said.tone == "bad"


def test_stop_ends_a_slow_server_and_its_connection(form):
    slow = Provider(slow=60)
    with serving(slow) as server:
        enter(form, server.url)
        form.act("try")
        settled(form, lambda: any(r["method"] == "POST" for r in server.requests))
        assert "stop" in buttons(form)
        form.act("stop")
        assert slow.left.wait(10), "the connection was closed"
        assert "stop" not in buttons(form)
        assert "Stopped" in form.said.text


def test_another_provider_or_key_ends_the_try_of_the_one_before(form):
    """Else its models, or its refusal, would be told of the other."""
    slow = Provider(slow=60)
    with serving(slow) as server:
        for name, value in (("key", Secret(KEY + "x")), ("provider", "groq")):
            enter(form, server.url)
            form.act("try")
            settled(form, lambda: any(r["method"] == "POST" for r in server.requests))
            form.set(name, value)
            assert slow.left.wait(10), "the connection was closed"
            assert not form.busy()
            slow.left.clear()
            server.requests.clear()


def test_what_is_being_kept_is_not_changed_or_said_to_be_stopped(form, monkeypatch):
    go, keep = threading.Event(), Draft.keep
    monkeypatch.setattr(Draft, "keep", lambda draft: go.wait(20) and keep(draft))
    enter(form, "http://127.0.0.1:9")
    form.act("keep")
    form.act("stop")
    form.set("provider", "groq")
    go.set()
    assert said(form) == "Saved as openai-compatible. Ask with: `%%chat -p openai-compatible`"


def test_without_a_key_nothing_is_sent_or_kept(form):
    form.set("provider", "groq")
    form.act("keep")
    assert "A key is needed first." in said(form)
    form.act("try")
    assert "A key is needed first." in said(form)
    assert not nbprovider.accounts.list()


def test_what_is_no_key_is_refused_where_it_is_entered(form):
    form.set("provider", "groq")
    form.set("key", Secret("two words"))
    assert "no key has" in form.said.text
    assert "two words" not in str(form.page())


def test_the_beginning_of_a_key_is_a_hint_and_no_judgement(form):
    form.set("provider", "groq")
    assert "gsk_" in part(form, "key").note
    form.set("key", Secret(SEEDS["openrouter"]))
    assert "OpenRouter" in part(form, "key").note
    assert not seen(str(form.page()))
    form.act("keep")
    assert "Saved as groq" in said(form)


def test_what_was_entered_for_one_provider_is_not_there_for_the_next(form):
    form.set("provider", "groq")
    form.set("key", Secret(KEY))
    form.set("name", "mine")
    form.set("provider", "mistral")
    assert part(form, "name").value == ""
    assert "entered" not in part(form, "key").placeholder


def test_a_key_of_the_environment_is_offered_and_taken_by_a_click(form, monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", SEEDS["groq"])
    form.set("provider", "groq")
    assert "GROQ_API_KEY" in settled(form, lambda: part(form, "found")).text
    form.act("use")
    assert "GROQ_API_KEY" in part(form, "key").note
    form.act("keep")
    assert "Saved as groq" in said(form)
    assert not seen(str(form.page()))


def test_a_server_of_ones_own_is_found_and_taken_by_a_click():
    with serving(Provider(names=("qwen", "llama"))) as server:
        folder = config.settings_file().parent / "providers"
        config.made(folder)
        text = 'name = "Near"\nprotocol = "openai_chat"\nkind = "local"\nneeds_key = false\n'
        text += f'env = ["NEAR_API_KEY"]\nbase_url = "{server.url}/v1"\n'
        (folder / "near.toml").write_text(text)
        catalog.forget()
        form = Credentials()
        near = settled(form, lambda: part(form, "near"))
        row = next(row for row in near.rows if row.key == f"{server.url}/v1")
        assert row.cells == ("near", f"{server.url}/v1", "2 models")
        form.act("use", row.key)
        form.act("try")
        assert "qwen answered" in said(form)
        form.act("keep")
        assert "Saved as near" in said(form)
        form.close()


def test_an_account_that_exists_is_changed_and_its_key_goes_to_no_other_host():
    with serving(Provider(KEY)) as server, serving(Provider(KEY)) as other:
        nbprovider.accounts.add("openai-compatible", KEY, name="lab", base_url=f"{server.url}/v1")
        table = AccountsTable()
        settled(table, lambda: "edit lab" in buttons(table))
        table.act("edit", "lab")
        assert part(table, "base_url").value == f"{server.url}/v1"
        table.set("model", "small")
        table.act("try")
        settled(table, lambda: "small answered" in part(table, "editor_said").text)
        table.set("base_url", f"{other.url}/v1")
        table.act("try")
        settled(table, lambda: "must not go" in part(table, "editor_said").text)
        assert other.requests == []
        table.set("base_url", f"{server.url}/v1")
        table.set("name", "den")
        table.act("keep")
        settled(table, lambda: "edit den" in buttons(table))
        assert nbprovider.accounts.show("den").model == "small"
        table.close()


def test_closing_forgets_the_key():
    form = Credentials("groq")
    secret = Secret(KEY)
    form.set("key", secret)
    form.act("close")
    assert form.closed
    assert not secret


def test_the_embedded_model_is_installed_with_progress(monkeypatch):
    here, steps = [], []

    def install(progress):
        for done in (10_000_000, 90_000_000):
            progress(done, 93_000_000)
            steps.append(part(form, "fetched").share)
        here.append(1)

    monkeypatch.setattr("nbprovider.embedded.install", install)
    monkeypatch.setattr("nbprovider.embedded.installed", lambda: bool(here))
    form = Credentials("embedded")
    assert buttons(form) == {"install", "close"}
    form.act("install")
    idle(form)
    assert steps == pytest.approx([10 / 93, 90 / 93])
    assert "Installed" in form.said.text
    assert buttons(form) == {"try", "close"}
    form.close()


def test_signing_in_shows_a_link_and_takes_back_the_pasted_address():
    with provider_mock() as url:
        written("campus", mock_table(url))
        form = Credentials("campus")
        form.act("sign_in")
        link = settled(form, lambda: part(form, "login_link")).url
        form.set("redirected", Secret("I do not know"))
        assert "no address that a login leads back to" in said(form)
        back = allowed(link)
        form.set("redirected", Secret(back))
        assert "Logged in as campus" in said(form)
        assert query(back)["code"] not in str(form.page())
        assert part(form, "login_link") is None
        assert nbprovider.accounts.show("campus").holds == "login"
        form.close()
