"""What may be spent: reserved, settled, warned of, by several processes at once."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbprovider.errors import BudgetExceeded
from nbprovider.ledger import Attempt, CallContext, Ledger, budget
from nbprovider.ledger.budget import NANO, Limits, Wish, book, reserve, standing, warnings
from nbprovider.ledger.totals import midnight

DAY = Limits(day=1.0)
CALL = CallContext("one", "main", "paper.ipynb")


@pytest.fixture
def ledger(tmp_path: Path):
    opened = Ledger(tmp_path / "ledger.db")
    yield opened
    opened.close()


def usd(amount: float) -> int:
    return round(amount * NANO)


def began(ledger: Ledger, call: str, number: int = 1, **more) -> Attempt:
    row = Attempt(call, number, midnight() + 1, **more)
    ledger.keep(row)
    return row


def ended(ledger: Ledger, row: Attempt, cost: float | None) -> None:
    row.status, row.cost_nano = "ok", None if cost is None else usd(cost)
    ledger.keep(row)


def spend(ledger: Ledger, cost: float, call: str = "", **more) -> None:
    ended(ledger, began(ledger, call or f"call {random.random()}", **more), cost)


def day(ledger: Ledger, limits: Limits = DAY) -> budget.Account:
    (account,) = standing(ledger, limits, CALL)
    return account


def test_the_highest_cost_is_reserved(ledger):
    began(ledger, "one")
    assert reserve(ledger, DAY, CALL, 1, Wish(usd(0.4), usd(0.1))) == usd(0.4)
    assert (day(ledger).reserved, day(ledger).left) == (usd(0.4), usd(0.6))


def test_less_is_reserved_where_less_is_left(ledger):
    spend(ledger, 0.8)
    began(ledger, "one")
    assert reserve(ledger, DAY, CALL, 1, Wish(usd(0.4), usd(0.1))) == usd(0.2)


def test_where_not_even_the_least_is_left_nothing_is_sent(ledger):
    spend(ledger, 0.95)
    with pytest.raises(BudgetExceeded, match=r"budget of the day is \$1: \$0.95 spent") as raised:
        reserve(ledger, DAY, CALL, 1, Wish(usd(0.4), usd(0.1)))
    assert "--over-budget" in raised.value.hint
    assert day(ledger).reserved == 0


def test_an_attempt_that_ends_settles_its_reservation(ledger):
    """What it did cost takes the reservation's place in the same moment."""
    row = began(ledger, "one")
    reserve(ledger, DAY, CALL, 1, Wish(usd(0.4), usd(0.1)))
    ended(ledger, row, 0.05)
    assert (day(ledger).spent, day(ledger).reserved) == (usd(0.05), 0)


def test_each_attempt_of_a_call_has_its_own_reservation(ledger):
    first = began(ledger, "one", 1)
    reserve(ledger, DAY, CALL, 1, Wish(usd(0.2), 1))
    began(ledger, "one", 2)
    reserve(ledger, DAY, CALL, 2, Wish(usd(0.3), 1))
    ended(ledger, first, 0.0)
    assert day(ledger).reserved == usd(0.3)


@pytest.mark.parametrize(
    ("limits", "mine", "other"),
    [
        (Limits(notebook=1.0), {"notebook": "paper.ipynb"}, {"notebook": "else.ipynb"}),
        (Limits(chat=1.0), {"chat": "main"}, {"chat": "else"}),
        (Limits(call=1.0), {"call": "one"}, {"call": "two"}),
    ],
)
def test_each_scope_counts_its_own(ledger, limits, mine, other):
    spend(ledger, 0.7, **other)
    assert reserve(ledger, limits, CALL, 1, Wish(usd(0.9), 1)) == usd(0.9)
    ledger.run("DELETE FROM reservations")
    spend(ledger, 0.7, **mine)
    assert reserve(ledger, limits, CALL, 2, Wish(usd(0.9), 1)) == usd(0.3)


def test_the_tightest_of_several_budgets_counts(ledger):
    limits = Limits(day=5.0, chat=0.25, call=1.0)
    assert reserve(ledger, limits, CALL, 1, Wish(usd(2), 1)) == usd(0.25)


def test_yesterday_is_not_today(ledger):
    ended(ledger, Attempt("old", 1, midnight() - 1), 0.99)
    assert day(ledger).spent == 0


def test_zero_is_no_limit(ledger):
    assert Limits().none
    assert reserve(ledger, Limits(), CALL, 1, Wish(usd(100), 1)) == usd(100)


def test_a_call_without_a_notebook_has_no_notebooks_budget(ledger):
    assert standing(ledger, Limits(notebook=1.0), CallContext("one")) == []


def test_a_budget_may_be_passed_on_purpose(ledger):
    spend(ledger, 1.0)
    book(ledger, CALL, 1, usd(0.5))
    assert day(ledger).reserved == usd(0.5)


def test_a_warning_is_given_once_at_each_level(ledger):
    said = []
    for _ in range(10):
        spend(ledger, 0.1)
        said.append(warnings(ledger, DAY, CALL))
    assert [bool(words) for words in said] == [n in (5, 8, 9) for n in range(1, 11)]
    assert said[4] == ["50 % of the budget of the day is spent ($0.5 of $1)"]


def test_several_levels_passed_at_once_give_one_warning(ledger):
    spend(ledger, 0.95)
    assert len(warnings(ledger, DAY, CALL)) == 1
    assert warnings(ledger, DAY, CALL) == []


RACE = """
import random, sys
from pathlib import Path
from nbprovider.errors import BudgetExceeded
from nbprovider.ledger import Attempt, CallContext, Ledger
from nbprovider.ledger.budget import Limits, Wish, reserve
from nbprovider.ledger.totals import midnight
path, name, calls = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger, limits = Ledger(path), Limits(day=1.0)
print("ready", flush=True)
sys.stdin.readline()
for number in range(calls):
    context = CallContext(f"{name}-{number}", "main")
    row = Attempt(context.call_id, 1, midnight() + 1)
    ledger.keep(row)
    try:
        amount = reserve(ledger, limits, context, 1, Wish(random.randrange(10**7, 10**8), 10**6))
    except BudgetExceeded:
        row.status, row.cost_nano = "failed", 0
    else:
        row.status, row.cost_nano = "ok", random.randrange(amount + 1)
    both = ledger.run(
        "SELECT (SELECT ifnull(sum(cost_nano), 0) FROM attempts)"
        " + (SELECT ifnull(sum(nano), 0) FROM reservations)"
    )[0][0]
    assert both <= 10**9, both
    ledger.keep(row)
ledger.close()
"""


def start(script: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *map(str, words)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def test_eight_processes_together_never_pass_the_limit(ledger):
    """Each looks after every reservation whether what is spent and reserved is within it."""
    racers = [start(RACE, ledger.path, name, 60) for name in "abcdefgh"]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    assert [racer.wait(120) for racer in racers] == [0] * 8
    for racer in racers:
        racer.stdin.close()
        racer.stdout.close()
    account = day(ledger)
    assert account.reserved == 0
    assert 0.9 * NANO < account.spent <= NANO


HANG = """
import sys, time
from pathlib import Path
from nbprovider.ledger import CallContext, Ledger
from nbprovider.ledger.budget import Limits, Wish, reserve
reserve(Ledger(Path(sys.argv[1])), Limits(day=1.0), CallContext("h"), 1, Wish(9 * 10**8, 1))
print("reserved", flush=True)
time.sleep(600)
"""


def test_what_a_killed_kernel_had_reserved_expires(ledger):
    """Kill -9 leaves no time to settle."""
    process = start(HANG, ledger.path)
    assert day(ledger).reserved == usd(0.9)
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert day(ledger).reserved == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reserve", "settle"]),
            st.integers(1, usd(0.6)),
            st.floats(0, 1),
        ),
        max_size=25,
    )
)
def test_in_any_order_spent_and_reserved_stay_within_the_limit(tmp_path_factory, steps):
    ledger = Ledger(tmp_path_factory.mktemp("budget") / "ledger.db")
    open_: dict[str, tuple[Attempt, int]] = {}
    for number, (what, amount, share) in enumerate(steps):
        if what == "reserve":
            context = CallContext(str(number))
            with suppress(BudgetExceeded):
                got = reserve(ledger, DAY, context, 1, Wish(amount, amount // 10 + 1))
                assert amount // 10 < got <= amount
                open_[str(number)] = (began(ledger, str(number)), got)
        elif open_:
            row, got = open_.pop(next(iter(open_)))
            ended(ledger, row, share * got / NANO)
        account = day(ledger)
        assert account.spent + account.reserved <= account.limit
        assert account.reserved == sum(got for _, got in open_.values())
    ledger.close()
