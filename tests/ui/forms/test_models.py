"""The form of models: found live, searched, registered, tried, given roles."""

from __future__ import annotations

import threading

import pytest
from msgspec.structs import replace
from waiting import idle, part, said, settled

import nbprovider
from loopback import nobody, serving
from nbprovider.catalog import find
from nbprovider.ledger.offers import Offer, offered
from nbprovider.protocols.contract import Listed
from nbprovider.ui.ask import Asking
from nbprovider.ui.forms import models_list
from nbprovider.ui.forms.models import SHOWN, Models
from on_offer import Provider
from seeds import SEEDS, seen

KEY = SEEDS["openai project"]
MANY = tuple(f"maker/model-{n:03}-{('chat', 'embed')[n % 2]}" for n in range(80))


def account(name, server, key=KEY):
    nbprovider.accounts.add("openai-compatible", key, name=name, base_url=f"{server.url}/v1")


def opened(name=""):
    form = Models(name)
    idle(form)
    settled(form, lambda: form.page().parts and not form.busy())
    return form


def rows(form):
    return part(form, "models").rows


def keys(form):
    return [row.key for row in rows(form)]


@pytest.fixture
def lab():
    """One account with many models."""
    with serving(Provider(KEY, MANY)) as server:
        account("lab", server)
        form = opened()
        yield form
        form.close()


def test_without_an_account_it_says_what_to_do():
    form = opened()
    assert "`%provider auth`" in part(form, "nobody").text
    form.close()


def test_all_models_are_found_and_shown_a_few_at_a_time(lab):
    assert part(lab, "count").text.startswith(f"1 to {SHOWN} of 80 models")
    assert len(rows(lab)) == SHOWN
    first = keys(lab)
    lab.act("later")
    assert part(lab, "count").text.startswith(f"{SHOWN + 1} to {2 * SHOWN} of 80")
    assert not {*keys(lab)} & {*first}
    lab.act("earlier")
    assert keys(lab) == first
    assert not seen(str(lab.page()))


def test_each_word_of_a_search_narrows_it_and_show_all_takes_it_back(lab):
    lab.set("search", "EMBED 77")
    assert keys(lab) == ["openai-compatible:maker/model-077-embed@lab", *keys(lab)[1:]]
    assert all("77" in key and "embed" in key for key in keys(lab))
    lab.set("search", "no such thing")
    assert part(lab, "count").text == "No model is like that."
    assert rows(lab) == ()
    lab.act("clear")
    assert "of 80 models" in part(lab, "count").text
    assert part(lab, "search").value == ""


def test_a_filter_is_put_on_and_off_and_says_so_in_words(lab):
    lab.act("filter embedding")
    assert "of 40 found among 80" in part(lab, "count").text.replace(" models", "")
    labels = [b.label for b in part(lab, "kinds").buttons]
    assert "✓ embedding" in labels
    lab.act("filter chat")
    assert "of 80 models" in part(lab, "count").text, "one kind or the other"
    lab.act("filter free")
    assert rows(lab) == (), "what has no known price is not free"


def test_an_account_that_does_not_answer_says_why_in_its_row_and_can_be_asked_again():
    good, wrong = Provider(KEY), Provider("another")
    with serving(good) as one, serving(wrong) as two, nobody() as gone:
        account("good", one)
        account("wrong", two)
        nbprovider.accounts.add("openai-compatible", KEY, name="gone", base_url=f"{gone}/v1")
        form = opened()
        why = {row.key: row.cells[1] for row in part(form, "failed").rows}
        assert set(why) == {"wrong", "gone"}
        assert "Incorrect API key provided" in why["wrong"]
        assert "refused" in why["gone"]
        assert {row.cells[1] for row in rows(form)} == {"good"}
        wrong.key = KEY
        form.act("again", "wrong")
        idle(form)
        assert [row.key for row in part(form, "failed").rows] == ["gone"]
        assert {row.cells[1] for row in rows(form)} == {"good", "wrong"}
        form.set("only", "wrong")
        assert {row.cells[1] for row in rows(form)} == {"wrong"}
        form.close()


def test_a_slow_account_holds_up_nobody_and_closing_ends_it():
    left = threading.Event()

    def slow(peer):
        if peer.wait_closed(20):
            left.set()

    with serving(Provider(KEY)) as one, serving(slow) as two:
        account("quick", one)
        account("slow", two)
        form = Models()
        settled(form, lambda: part(form, "models") and rows(form))
        assert "Asking slow" in form.said.text
        form.set("search", "tiny")
        assert len(rows(form)) == 1
        form.close()
        assert left.wait(10), "the connection was closed"


def test_a_tick_registers_a_model_and_is_found_by_another_form(lab):
    lab.set("search", "002")
    (key,) = keys(lab)
    lab.set("models", True, key)
    assert rows(lab)[0].ticked is True
    assert "is registered" in lab.said.text
    other = opened("lab")
    other.act("filter registered")
    assert keys(other) == [key]
    other.set("models", False, key)
    assert rows(other)[0].ticked is False
    other.close()


def test_a_model_of_no_list_is_registered_by_hand_and_stays(lab):
    lab.act("add")
    assert "No model is named." in lab.said.text
    lab.set("custom", " my-own ")
    lab.act("add")
    assert "openai-compatible:my-own@lab is registered" in said(lab)
    lab.set("search", "my-own")
    assert rows(lab)[0].ticked is True
    assert part(lab, "custom").value == ""
    again = opened()
    again.set("search", "my-own")
    assert keys(again) == ["openai-compatible:my-own@lab"]
    again.close()


def test_a_model_that_is_registered_by_hand_leaves_those_of_other_accounts(lab):
    with serving(Provider(KEY, ("my-own",))) as server:
        account("den", server)
        form = opened()
        form.set("custom_account", "lab")
        form.set("custom", "my-own")
        form.act("add")
        idle(form)
        form.set("search", "my-own")
        both = {f"openai-compatible:my-own@{name}" for name in ("den", "lab")}
        assert set(keys(form)) == both
        form.close()


def test_one_click_tries_a_model_and_the_ledger_says_that_it_was_a_test(lab):
    lab.set("search", "000")
    lab.act("test", keys(lab)[0])
    assert "It works: maker/model-000-chat answered" in said(lab)
    (row,) = nbprovider.usage().to_dict("records")
    assert (row["purpose"], row["account"]) == ("test", "lab")
    lab.set("search", "001")
    assert not rows(lab)[0].buttons[0].enabled, "what cannot chat is not asked for a word"


def test_a_role_is_given_and_taken_away_the_rare_ones_are_folded(lab):
    key = keys(lab)[0]
    lab.act("roles", key)
    assert [b.label for b in part(lab, "roles").buttons][:2] == ["chat", "cheap"]
    assert {"role tts", "role embedding"} <= {b.name for b in part(lab, "other_roles").buttons}
    lab.act("role chat")
    lab.act("role stt")
    assert nbprovider.roles() == {"chat": key, "stt": key}
    assert part(lab, "roles").buttons[0].label == "✓ chat"
    lab.act("role chat")
    assert nbprovider.roles() == {"stt": key}
    lab.act("done")
    assert part(lab, "roles") is None


def listed(**facts):
    model = Listed("m", **facts)
    (one,) = offered(Offer(find("openai-compatible"), "lab", (model,)))
    return one


def test_prices_and_contexts_are_told_so_that_they_can_be_compared():
    told = replace(listed(), input_price=0.05, output_price=12.0)
    assert models_list.price(models_list.entry(told, local=False)) == "0.05 / 12"
    assert models_list.price(models_list.entry(listed(), local=False)) == "not known"
    assert models_list.price(models_list.entry(listed(), local=True)) == "free"
    nothing = replace(listed(), input_price=0.0, output_price=0.0)
    assert models_list.price(models_list.entry(nothing, local=False)) == "free"
    contexts = [models_list.context(n) for n in (None, 512, 131_072, 1_000_000, 1_500_000)]
    assert contexts == ["?", "512", "131k", "1M", "1.5M"]


def test_orders_put_what_is_unknown_and_what_has_ended_last():
    dear = replace(listed(), model="dear", input_price=5.0, output_price=5.0, context=9)
    cheap = replace(listed(), model="cheap", input_price=1.0, output_price=1.0)
    unknown = replace(listed(), model="a-unknown", context=10)
    ended = replace(cheap, model="0-ended", retires="2026-01-01", successor="cheap")
    entries = [models_list.entry(one, local=False) for one in (dear, cheap, unknown, ended)]

    def names(order):
        return [one.told.model for one in models_list.ordered(entries, order)]

    assert names("price") == ["cheap", "dear", "a-unknown", "0-ended"]
    assert names("context") == ["a-unknown", "dear", "cheap", "0-ended"]
    assert names("name") == ["a-unknown", "cheap", "dear", "0-ended"]
    row = models_list.row(entries[3])
    assert "ends 2026-01-01: take cheap" in row.cells[4]
    assert row.tone == "warning"


def test_in_a_terminal_the_same_is_asked_line_by_line(lab):
    told = []
    answers = iter(["077", "", "q"])
    Asking(lab, lambda _: next(answers), write=told.append).run()
    assert any("model-077-embed" in line for line in told)
    assert lab.closed
