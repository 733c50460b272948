"""The panel of what is spent: sums, models, days; it looks again while calls are made."""

from __future__ import annotations

import pytest
from waiting import part, parts, settled

import nbprovider
from loopback import answering, serving
from nbprovider.ledger.budget import Account
from nbprovider.session.panel import DAYS, Part
from nbprovider.ui.ask import Asking
from nbprovider.ui.forms import spend
from nbprovider.ui.forms.budget_bar import budget_bar
from nbprovider.ui.forms.spend import Spend
from nbprovider.ui.widgets.plot import PlotPiece


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(spend, "SOON", 0.02)
    monkeypatch.setattr(spend, "LATE", 0.02)
    monkeypatch.setattr(spend, "PATIENCE", 0)
    form = Spend()
    settled(form, lambda: part(form, "today"))
    yield form
    form.close()


def ask(server, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
    nbprovider.ask("hi", model="openai-compatible:tiny")


def test_before_anything_was_asked_it_says_so_and_draws_nothing(shown):
    assert part(shown, "today").text == "Today: nothing was asked."
    assert part(shown, "days") is None


def test_a_call_appears_without_anybody_asking_for_it(shown, monkeypatch):
    with serving(answering("fine")) as server:
        ask(server, monkeypatch)
        settled(shown, lambda: "1 call" in part(shown, "today").text)
        ask(server, monkeypatch)
        settled(shown, lambda: "2 calls" in part(shown, "week").text)
    assert part(shown, "model tiny").words == "price unknown for 2 calls"
    points = part(shown, "days").points
    assert len(points) == DAYS
    assert [point.words for point in points[-2:]] == ["nothing", "price unknown for 2 calls"]
    assert points[-1].share == 1, "where nothing has a price, calls are counted"


def test_closing_ends_the_looking(shown):
    shown.act("leave")
    assert shown.closed
    assert not shown.busy("watch")


def test_a_cost_is_told_beside_what_has_no_price():
    dear = Part("dear", 2_000_000_000, 3)
    free = Part("mixed", 500_000_000, 2, unknown=1)
    bars = {bar.label: bar for bar in spend._models((dear, free))}
    assert (bars["dear"].share, bars["dear"].words) == (1.0, "$2.00 for 3 calls")
    assert bars["mixed"].share == 0.25
    assert bars["mixed"].words == "$0.5000 for 2 calls, 1 of unknown price"


@pytest.mark.parametrize(("spent", "tone"), [(10, "good"), (80, "warning"), (100, "bad")])
def test_a_bar_says_by_its_tone_and_in_words_how_a_budget_stands(spent, tone):
    nano = 1_000_000_000
    bar = budget_bar(Account("day", "2026-11-21", 100 * nano, spent * nano, 0))
    assert bar.tone == tone
    assert f"${spent}.00 of $100.00 ({spent} %)" == bar.words


def test_the_plot_says_in_words_what_it_draws():
    points = (
        spend.Point("Mon", 0.0, "nothing"),
        spend.Point("Tue", 1.0, "$2 <b>for</b> 1 call"),
    )
    piece = PlotPiece()
    piece.show(spend.Plot("days", "Day by day", points))
    drawn = piece.widget.value
    assert 'role="img"' in drawn
    assert 'aria-label="Day by day. Mon: nothing; Tue: $2 &lt;b&gt;for&lt;/b&gt; 1 call"' in drawn
    assert drawn.count('class="nbp-full"') == 2
    assert 'height="0.0"' in drawn
    piece.close()


def test_in_a_terminal_it_is_told_once(shown, monkeypatch):
    with serving(answering("fine")) as server:
        ask(server, monkeypatch)
        settled(shown, lambda: "unknown" in part(shown, "today").text)
    told = []
    Asking(shown, lambda _: "q", write=told.append).run()
    assert "price unknown for 1 call  ████" in "\n".join(told)
    assert shown.closed
    assert [*parts(shown)], "what was seen last can still be read"
