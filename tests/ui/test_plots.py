"""Pictures of what was spent hold the data, and say in words what they show and what they lack."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

import nbprovider
from nbprovider import session
from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import Attempt, Ledger
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run
from nbprovider.session.pictures import KINDS
from nbprovider.ui import bars, charts, front, plots
from nbprovider.ui.palette import COLOURS, GREY, colours
from nbprovider.view.picture import MOST

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def ledger() -> Ledger:
    return session.current().ledger


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "in_notebook", lambda: True)


def keep(ledger: Ledger, day: int, model: str, nano: int | None, **fields) -> None:
    at = int((NOON + timedelta(days=day)).timestamp() * 1_000_000)
    source = "unknown" if nano is None else "list"
    row = {"status": "ok", "cost_nano": nano, "cost_source": source, "input": 100, "output": 10}
    row |= {"first_token_us": 500_000, "duration_us": 2_000_000, "model_asked": model} | fields
    name = f"{day}-{model}-{nano}"
    ledger.keep(Attempt(name, 1, at, **row))


@pytest.fixture
def spent(ledger: Ledger) -> None:
    """Spend on three days, of which one is between the others, with one unknown price."""
    keep(ledger, 0, "large", 3_000_000_000)
    keep(ledger, 0, "small", 1_000_000_000, reasoning=4)
    keep(ledger, 2, "small", 2_000_000_000, cache_read=50)
    keep(ledger, 2, "mine", None, cache_write=7)


def values(spec: dict) -> list[dict]:
    """Return the data of all layers of a chart."""
    return [row for rows in spec["datasets"].values() for row in rows]


def test_columns_are_days_with_the_models_on_top_of_each_other(spent):
    picture = nbprovider.plot_cost().picture
    assert picture.places == ("Nov 3", "Nov 4", "Nov 5")
    assert picture.told == ("$4.00", "$0", "$2.00")
    assert picture.series == ("large", "small")
    assert [(m.place, m.series, m.low, m.high) for m in picture.marks] == [
        ("Nov 3", "large", 0.0, 3.0),
        ("Nov 3", "small", 3.0, 4.0),
        ("Nov 5", "small", 0.0, 2.0),
    ]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_data_a_description_and_a_ground_that_shines_through(spent, kind):
    nbprovider.set_budget("day", 10)
    plot = nbprovider.plot_cost(kind=kind)
    spec = charts.spec(plot.picture)
    rows = values(spec)
    assert rows
    assert "NaN" not in json.dumps(rows, allow_nan=True)
    assert spec["description"] == plot.description
    assert len(plot.description) > 40
    assert spec["config"]["background"] == "transparent"
    assert spec["$schema"].endswith("v5.json")


def test_what_has_no_known_price_is_said_and_never_drawn_as_0(spent):
    plot = nbprovider.plot_cost("model")
    assert plot.picture.notes == ("1 attempt of unknown price is not in it.",)
    assert dict(zip(plot.picture.places, plot.picture.told, strict=True))["mine"] == "price unknown"
    assert plot.chart.to_dict()["title"]["subtitle"] == list(plot.picture.notes)
    assert plot.picture.notes[0] in plot.text
    pointed = nbprovider.plot_cost(kind="latency").picture
    assert {point.series for point in pointed.points} == {"large", "small"}
    assert pointed.notes == plot.picture.notes


def test_an_empty_ledger_is_a_sentence_without_axes(notebook):
    for kind in KINDS:
        plot = nbprovider.plot_cost(kind=kind)
        shown = plot._repr_mimebundle_()
        assert set(shown) == {"text/plain", "text/markdown"}
        assert re.match(r"(Nothing was asked|No budget is set)\.", shown["text/plain"])
        with pytest.raises(UsageError, match="nothing to draw"):
            plot.chart  # noqa: B018 - looking is the test


def test_only_unknown_prices_and_only_free_calls_are_told_apart(ledger):
    keep(ledger, 0, "mine", None)
    assert nbprovider.plot_cost().description == (
        "No price is known of what was asked. 1 attempt of unknown price is not in it."
    )
    keep(ledger, 0, "own", 0, cost_source="local")
    assert nbprovider.plot_cost().description.startswith("Nothing had to be paid")


def test_a_notebook_gets_a_chart_and_the_same_in_words(spent, notebook):
    shown = nbprovider.plot_cost()._repr_mimebundle_()
    assert set(shown) == {"text/plain", plots.VEGA_LITE}
    assert "Spend by day and model: $6.00 in all. Most: Nov 3, $4.00." in shown["text/plain"]
    json.dumps(shown, allow_nan=False)


def test_bars_of_text_are_made_of_letters(spent):
    lines = [line.split() for line in nbprovider.plot_cost().text.splitlines()]
    assert lines[2:] == [
        ["Nov", "3", "A" * 30 + "B" * 10, "$4.00"],
        ["Nov", "4", "$0"],
        ["Nov", "5", "B" * 20, "$2.00"],
        [],
        ["A", "large"],
        ["B", "small"],
    ]


def test_a_terminal_gets_the_bars_in_colour(spent, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = bars.coloured(nbprovider.plot_cost().picture)
    assert "\x1b[38;2;47;126;216m" + "A" * 30 in shown
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == nbprovider.plot_cost().text


def test_frames_draw_themselves(spent):
    assert nbprovider.cost(["day", "model"]).nbp.plot().picture == nbprovider.plot_cost().picture
    by_month = nbprovider.cost(["month", "account"]).nbp.plot().picture
    assert (by_month.title, by_month.places) == ("Spend by month and account", ("Nov 2026",))
    usage = nbprovider.usage().nbp
    assert usage.plot().picture.told == ("$4.00", "$0", "$2.00")
    assert usage.plot("duration", by="account").picture.series == ("(none)",)


def test_what_nobody_said_is_a_series_too(spent):
    picture = nbprovider.usage().nbp.plot("latency", by="served").picture
    assert picture.series == ("(none)",)


def test_days_of_a_usage_frame_are_the_readers_own(ledger, monkeypatch):
    """In Auckland, 13 hours ahead, noon of UTC is the day after."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        keep(ledger, 0, "m", 1_000_000_000)
        assert nbprovider.usage().nbp.plot().picture.places == ("Nov 4",)
        assert nbprovider.plot_cost().picture.places == ("Nov 4",)
        assert nbprovider.plot_cost("hour").picture.places == ("Nov 4, 01:00",)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_tokens_add_up(spent):
    picture = nbprovider.plot_cost(kind="tokens").picture
    assert dict(zip(picture.places, picture.told, strict=True)) == {
        "read anew": "400",
        "read from cache": "50",
        "written to cache": "7",
        "answer": "36",
        "reasoning": "4",
    }


def test_budgets_say_what_is_left(ledger):
    ledger.keep(
        Attempt("now", 1, int(datetime.now(UTC).timestamp() * 1e6), cost_nano=2_000_000_000)
    )
    nbprovider.set_budget("day", 5)
    picture = nbprovider.plot_cost(kind="budget").picture
    assert picture.told == ("$3.00 of $5.00 left",)
    assert [(mark.series, mark.high) for mark in picture.marks] == [("spent", 40), ("left", 100)]
    assert colours(picture) == (COLOURS[0], GREY)


def test_many_models_become_few(ledger):
    for number in range(12):
        keep(ledger, 0, f"m{number}", (number + 1) * 1_000_000_000)
    series = nbprovider.plot_cost().picture.series
    assert len(series) == MOST
    assert "6 others" in series
    assert nbprovider.plot_cost(kind="latency").picture.series[-1] == "6 others"


@pytest.mark.parametrize(
    ("draw", "words", "hint"),
    [
        (lambda: nbprovider.plot_cost(kind="tokns"), "no picture 'tokns'", "tokens"),
        (lambda: nbprovider.plot_cost("modle"), "told by 'modle'", "model"),
        (lambda: nbprovider.cost("model").nbp.plot("latency"), "How long", "plot_cost"),
        (lambda: nbprovider.usage().nbp.plot(by="accont"), "no column 'accont'", "account"),
        (lambda: plots.plot(nbprovider.usage().drop(columns="time")), "no costs", "all its"),
        (lambda: plots.plot(nbprovider.providers()), "no costs", "usage"),
    ],
)
def test_a_mistake_is_told_with_what_is_right(spent, draw, words, hint):
    with pytest.raises(UsageError, match=words) as caught:
        draw()
    assert hint in caught.value.hint


def test_without_altair_there_are_bars_and_it_is_said_what_to_install(spent, notebook, monkeypatch):
    monkeypatch.setattr(plots, "_has_altair", lambda: False)
    plot = nbprovider.plot_cost()
    shown = plot._repr_mimebundle_()
    assert shown["text/plain"].startswith(plot.text)
    assert "nbprovider[plots]" in shown["text/plain"]
    with pytest.raises(ConfigError, match="altair") as caught:
        plot.chart  # noqa: B018 - looking is the test
    assert "nbprovider[plots]" in caught.value.hint


def test_the_magic_draws_too(spent):
    assert run("cost --plot").picture == nbprovider.plot_cost().picture
    assert run("cost model --plot").picture == nbprovider.plot_cost("model").picture
    assert run("usage --plot").picture == nbprovider.plot_cost(kind="latency").picture
    assert "--plot" in complete("%provider cost --p")


def test_neither_pandas_nor_altair_nor_rich_come_before_they_are_needed():
    code = (
        "import sys, nbprovider; from nbprovider.magics import costs; nbprovider.plot_cost;"
        "print({'pandas', 'altair', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*COLOURS, GREY])
@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_every_colour_is_seen_on_light_and_on_dark(colour, ground):
    """WCAG 1.4.11: 3:1 for what is drawn; the greys of words reach 4:1 on either."""
    low, high = sorted([luminance(colour), luminance(ground)])
    assert (high + 0.05) / (low + 0.05) >= (4 if colour == GREY else 3)
