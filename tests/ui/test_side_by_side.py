"""Calls side by side: each hears its own, one output holds all, a terminal has them in columns."""

from __future__ import annotations

import io

from recording import Recording
from rich.console import Console

from nbprovider.types import Delta, Route, Started, Text, Thinking
from nbprovider.ui.pace import Pace
from nbprovider.ui.side_by_side import ColumnsOutput, SideBySide
from nbprovider.ui.terminal_columns import TerminalColumns
from nbprovider.view import Column, Columns

PROVENANCE = {"compared": [{}, {}]}


def sides(painter):
    return SideBySide(painter, 100, ("a", "b"), (Thinking,))


def columns(text="Words."):
    return Columns((Column("a", (Text(text),)), Column("b", (), "waiting")))


def test_each_hears_its_own_call_and_what_is_hidden_is_not_shown():
    both = sides(ColumnsOutput(Recording(), "n"))
    for ear, word in zip(both.ears, ("one", "two"), strict=True):
        ear.saw(Started(Route("p", word, ""), 1))
        ear.saw(Delta(0, Thinking("hm")))
        ear.saw(Delta(1, Text(word)))
    first, second = both.columns().columns
    assert first.shown == (Text("one"),)
    assert second.shown == (Text("two"),)
    assert first.status == ""


def test_what_became_of_a_call_stays():
    both = sides(ColumnsOutput(Recording(), "n"))
    both.ears[0].saw(Delta(0, Text("one")))
    end = Column("a", (Text("one"),), footer="done")
    both.ears[0].end(end)
    both.ears[0].saw(Delta(0, Text(" more")))
    assert both.columns().columns[0] == end


def test_all_is_one_output_and_the_last_has_plain_text_and_provenance():
    seen = Recording()
    with sides(ColumnsOutput(seen, "n", Pace(1e9))) as both:
        both.ears[0].saw(Delta(0, Text("one")))
    both.finish(PROVENANCE)
    ((bundle, metadata),) = seen.outputs.values()
    assert set(bundle) == {"text/plain", "text/html"}
    assert metadata == {"nbprovider": PROVENANCE}


def test_the_same_again_is_not_sent_and_what_is_much_is_sent_seldom():
    seen, now = Recording(), [0.0]
    painter = ColumnsOutput(seen, "n", Pace(1000, lambda: now[0]))
    painter.paint(columns())
    painter.paint(columns())
    assert len(seen.seen) == 1
    painter.paint(columns("Other words."))
    painter.paint(columns("Yet other words."))
    assert len(seen.seen) == 2
    now[0] += 60
    painter.paint(columns("Yet other words."))
    assert len(seen.seen) == 3


def terminal(width, *, force=False):
    file = io.StringIO()
    return TerminalColumns(Console(file=file, width=width, force_terminal=force, height=20)), file


def test_a_terminal_has_them_beside_each_other_where_there_is_room():
    painter, file = terminal(100)
    painter.finish(columns("# Title\n\nWords."), PROVENANCE)
    beside = next(line for line in file.getvalue().splitlines() if "a" in line)
    assert " b " in beside
    painter, file = terminal(50)
    painter.finish(columns(), PROVENANCE)
    lines = file.getvalue().splitlines()
    assert [place for place, line in enumerate(lines) if " b " in line] > [0]
    assert " b " not in lines[0]


def test_into_a_file_only_what_is_finished_is_written():
    painter, file = terminal(100)
    painter.paint(columns("half"))
    assert file.getvalue() == ""
    painter.finish(columns("whole"), PROVENANCE)
    assert "whole" in file.getvalue()


def test_a_terminal_repaints_while_they_grow():
    painter, file = terminal(100, force=True)
    painter.paint(columns("half"))
    assert "half" in file.getvalue()
    painter.finish(columns("whole"), PROVENANCE)
    assert "whole" in file.getvalue()
