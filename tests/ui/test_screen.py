"""The clock beside a call: steady, quiet, and painting to the end whatever happens."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from recording import Recording, final

from nbprovider.errors import Unavailable
from nbprovider.ticker import Ticker
from nbprovider.types import Answered, Delta, Failed, Route, Started, Text, Thinking
from nbprovider.ui.notebook import OwnCell
from nbprovider.ui.pace import Pace
from nbprovider.ui.screen import Screen

ROUTE = Route("openai", "m", "openai", "")


class Painter:
    """Remember what was painted; each method may be told to do something more."""

    def __init__(self, paint=lambda: None, finish=lambda: None) -> None:
        self.painted: list[tuple] = []
        self.ends: list = []
        self.threads: set[str] = set()
        self._more = {"paint": paint, "finish": finish}

    def paint(self, shown, status):
        self.threads.add(threading.current_thread().name)
        self.painted.append((shown, status))
        self._more["paint"]()

    def finish(self, last):
        self.threads.add(threading.current_thread().name)
        self._more["finish"]()
        self.ends.append(last)

    def leave(self, shown):
        self.ends.append(shown)


def until(true):
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def test_it_repaints_no_more_often_than_it_is_told():
    painter = Painter()
    began = time.monotonic()
    with Screen(painter, 50) as screen:
        until(lambda: len(painter.painted) >= 5)
        screen.finish(final())
    assert len(painter.painted) <= (time.monotonic() - began) * 50


def test_the_last_paint_comes_even_when_no_tick_ever_did():
    painter = Painter()
    with Screen(painter, 0.1) as screen:
        screen.saw(Started(ROUTE, 1))
    screen.finish(last := final(Text("hi")))
    assert painter.painted == []
    assert painter.ends == [last]


def test_nothing_is_painted_after_the_last_paint():
    painter = Painter()
    with Screen(painter, 1000) as screen:
        until(lambda: painter.painted)
    screen.finish(final())
    count = len(painter.painted)
    time.sleep(0.02)
    assert len(painter.painted) == count
    assert len(painter.threads) == 1, "one thread paints, and no other"


def test_a_repaint_that_fails_is_neither_seen_nor_the_end(capfd):
    def fail():
        raise RuntimeError("no screen today")

    painter = Painter(paint=fail)
    with Screen(painter, 200) as screen:
        until(lambda: len(painter.painted) >= 3)
    screen.finish(last := final())
    assert painter.ends == [last]
    assert capfd.readouterr() == ("", "")


def test_a_last_paint_that_fails_says_so_where_it_is_waited_for():
    def fail():
        raise BrokenPipeError

    with Screen(Painter(finish=fail), 200) as screen:
        pass
    with pytest.raises(BrokenPipeError):
        screen.finish(final())


@pytest.fixture
def interrupts():
    """Let SIGINT raise KeyboardInterrupt, whatever handler another test has left."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no signal can be sent to a thread there")
@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_in_the_middle_of_the_last_paint_does_not_cut_it():
    """A second press on the stop button: the paint ends, then the interrupt is raised."""
    begun = threading.Event()

    def slow():
        begun.set()
        time.sleep(0.3)

    def press():
        begun.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    painter = Painter(finish=slow)
    presser = threading.Thread(target=press)
    presser.start()
    with Screen(painter, 100) as screen:
        pass
    with pytest.raises(KeyboardInterrupt):
        screen.finish(last := final())
    presser.join()
    assert painter.ends == [last]


def test_a_call_that_failed_leaves_the_words_of_its_last_attempt():
    painter = Painter()
    with Screen(painter, 100) as screen:
        screen.saw(Started(ROUTE, 1))
        screen.saw(Delta(0, Text("half")))
        screen.saw(Failed(Unavailable("gone.")))
    screen.leave()
    assert painter.ends == [[Text("half")]]


def test_painting_while_events_pour_in_never_fails(caplog):
    """The painting thread reads the view while the call's thread changes it."""
    caplog.set_level(logging.DEBUG, "nbprovider.ticker")
    painter, switch = Painter(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with Screen(painter, 10_000) as screen:
            end = time.monotonic() + 1
            while time.monotonic() < end:
                screen.saw(Started(ROUTE, 1))
                for index in range(50):
                    part = Thinking("hm") if index % 2 else Text("word")
                    screen.saw(Delta(index, part))
            screen.saw(Answered(ROUTE))
        screen.finish(final())
    finally:
        sys.setswitchinterval(switch)
    assert len(painter.painted) > 10
    assert not caplog.records


def test_a_pause_brings_the_status_back(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nbprovider.ui.screen.time", SimpleNamespace(monotonic=lambda: now[0]))
    seen = Recording()
    screen = Screen(OwnCell(seen, Pace(clock=lambda: now[0])), 10)
    screen.saw(Started(ROUTE, 1))
    screen.saw(Delta(0, Text("Some words")))
    screen._tick()
    assert seen.text == "Some words\n\n<small>&nbsp;</small>"
    now[0] += 3
    screen._tick()
    assert seen.text == "Some words\n\n<small>⏳ no words for 3 s · openai:m</small>"
    screen.saw(Delta(0, Text(" more")))
    now[0] += 0.1
    screen._tick()
    assert seen.text == "Some words more\n\n<small>&nbsp;</small>"


def test_a_clock_that_nobody_ends_runs_out(monkeypatch):
    """A call that died unforeseen leaves no thread behind."""
    monkeypatch.setattr("nbprovider.ticker.PATIENCE", 0.01)
    ticker = Ticker(lambda: None, 100)
    ticker.start()
    ticker.rest()
    until(lambda: not ticker._thread.is_alive())
    done = []
    ticker.end(lambda: done.append(1))
    assert done == [1]
