"""`%provider usage` and `%provider cost` say the truth, also where there is little to say."""

from __future__ import annotations

import time
from importlib import util
from pathlib import Path

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import nbprovider
from nbprovider import session
from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import Attempt, Ledger
from nbprovider.magics import costs
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run

pytestmark = pytest.mark.usefixtures("shell")


@pytest.fixture
def shell() -> InteractiveShell:
    return InteractiveShell.instance()


@pytest.fixture
def ledger() -> Ledger:
    return session.current().ledger


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    words: list[str] = []
    monkeypatch.setattr(costs, "_say", words.append)
    return words


def keep(ledger: Ledger, *prices: int | None, **fields) -> None:
    now = time.time_ns() // 1000
    for number, nano in enumerate(prices):
        source = "unknown" if nano is None else "list"
        row = {"status": "ok", "cost_nano": nano, "cost_source": source} | fields
        ledger.keep(Attempt(f"{now}-{number}", 1, now + number, **row))


def test_of_an_empty_ledger_it_is_said_that_nothing_was_asked(said):
    frame = run("cost")
    assert said == ["In all: nothing was asked."]
    assert frame["calls"].tolist() == [0]
    assert run("usage --since today").empty
    assert said[1:] == ["Since today: nothing was asked."]


def test_unknown_prices_alone_are_not_0_dollars(ledger, said):
    keep(ledger, None, None)
    frame = run("cost model")
    assert said == ["In all: price unknown for 2 calls."]
    assert frame["cost"].isna().all()


def test_unknown_prices_beside_known_ones_are_counted_apart(ledger, said):
    keep(ledger, 5_000_000, None)
    run("cost")
    assert said == ["In all: $0.0050 for 2 calls; 1 attempt of unknown price not counted."]


def test_a_subscription_is_said_to_be_one(ledger, said):
    keep(ledger, 0, 0, cost_source="subscription")
    run("cost")
    keep(ledger, 20_000_000)
    run("cost")
    assert said == [
        "In all: in the subscription for 2 calls.",
        "In all: $0.0200 for 3 calls; 2 in a subscription.",
    ]


def test_interrupted_calls_are_told_and_that_their_tokens_are_estimated(ledger, said):
    keep(ledger, 20_000_000, status="interrupted", estimated=True)
    run("cost")
    assert said == [
        (
            "In all: ≈$0.0200 for 1 call; 1 interrupted, counted as far as answered; "
            "1 with estimated tokens."
        )
    ]


def test_the_words_are_those_of_python(ledger):
    keep(ledger, 1_000, 2_000, model_asked="m")
    magic = run('cost model day --since "7 days" --until today')
    python = nbprovider.cost(["model", "day"], since="7 days", until="today")
    pd.testing.assert_frame_equal(magic, python)
    pd.testing.assert_frame_equal(run("usage --since today"), nbprovider.usage(since="today"))


@pytest.mark.parametrize(
    ("line", "words", "hint"),
    [
        ("cost modle", "told by 'modle'", "model"),
        ("cost --since tomorow", "no time", "yesterday"),
        ("cost --sinse today", "no option --sinse", "--since"),
        ("cost --since", "needs a value", "from when"),
        ("cost --here --since today", "all that this kernel", "Leave out"),
        ("usage model", "does not know 'model'", "%provider cost model"),
        ("cost --csv /nowhere/at/all.csv", "cannot be written", "another file"),
    ],
)
def test_a_mistake_is_told_with_what_is_right(line, words, hint):
    with pytest.raises(UsageError, match=words) as caught:
        run(line)
    assert hint in caught.value.hint


def test_a_csv_file_holds_what_is_shown(ledger, tmp_path):
    keep(ledger, 1_500_000, None, model_asked="m, with a comma")
    told = run(f"usage --csv {tmp_path / 'usage.csv'}")
    assert told.text == f"2 rows written to {tmp_path / 'usage.csv'}."
    back = pd.read_csv(tmp_path / "usage.csv")
    assert list(back.columns) == list(nbprovider.usage().columns)
    assert back["model"].tolist() == ["m, with a comma"] * 2
    assert back["cost"].iloc[0] == 0.0015
    assert pd.isna(back["cost"].iloc[1])


def test_a_parquet_file_keeps_the_types(ledger, tmp_path):
    pytest.importorskip("pyarrow")
    keep(ledger, 1_500_000, None)
    for word in ("usage", "cost day model"):
        path = tmp_path / "frame.parquet"
        run(f"{word} --parquet {path}")
        shown = run(word)
        pd.testing.assert_frame_equal(pd.read_parquet(path), shown, check_dtype=False)
        assert pd.read_parquet(path).dtypes.astype(str).to_dict().keys() == dict(shown).keys()


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(costs, "find_spec", lambda name: None if name == "pyarrow" else util)
    with pytest.raises(ConfigError, match="pyarrow") as caught:
        run(f"usage --parquet {tmp_path / 'usage.parquet'}")
    assert "nbprovider[parquet]" in caught.value.hint
    assert not Path(tmp_path / "usage.parquet").exists()


def test_here_is_this_kernel_and_what_came_since_the_last_look(ledger, said):
    ledger.keep(Attempt("old", 1, 1, cost_nano=10**9, cost_source="list", status="ok"))
    other = Attempt("other", 1, time.time_ns() // 1000, cost_nano=10**9, status="ok")
    other.host, other.pid, other.born = "elsewhere", 1, "1"
    ledger.keep(other)
    run("cost --here")
    keep(ledger, 20_000_000, model_asked="m")
    assert run("cost model --here")["model"].tolist() == ["m"]
    keep(ledger, None)
    run("cost --here")
    run("cost --here")
    assert said == [
        "This kernel: nothing was asked.",
        "This kernel: $0.0200 for 1 call. Since you looked last: $0.0200 for 1 call.",
        (
            "This kernel: $0.0200 for 2 calls; 1 attempt of unknown price not counted."
            " Since you looked last: price unknown for 1 call."
        ),
        (
            "This kernel: $0.0200 for 2 calls; 1 attempt of unknown price not counted."
            " Since you looked last: nothing."
        ),
    ]
    assert run("usage --here")["cost"].tolist()[:1] == [0.02]


def test_here_tells_of_the_notebook_what_all_its_kernels_have_spent(ledger, said, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/ada/thesis.ipynb")
    ledger.keep(
        Attempt("old", 1, 1, notebook="thesis.ipynb", cost_nano=2 * 10**9, cost_source="list")
    )
    run("cost --here")
    assert said[0].startswith("This kernel: nothing was asked. thesis.ipynb in all: $2.00 for 1")


def test_words_and_options_complete():
    assert "--since" in complete("%provider usage --")
    assert {"model", "month"} <= set(complete("%provider cost m"))
    assert complete("%provider cost --since ") == []


def test_the_sentence_is_shown_above_the_frame(ledger, capsys):
    keep(ledger, 1_000_000)
    run("cost")
    assert "In all: $0.0010 for 1 call." in capsys.readouterr().out
