"""A button that stops an answer is there only where its click would be heard."""

from __future__ import annotations

import threading
import time

import pytest

from nbprovider.ui.widgets import stop
from nbprovider.ui.widgets.stop import StopButton


class Kernel:
    """A kernel, with so many subshells open."""

    def __init__(self, subshells=(), *, able=True):
        self._supports_kernel_subshells = able
        self.subshells = list(subshells)
        self.shell_channel_thread = self
        self.manager = self

    def list_subshell(self):
        return self.subshells


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(stop, "LATER", 0.01)
    monkeypatch.setattr(stop, "PATIENCE", 0.1)


def waited(true):
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_press_interrupts_the_thread_that_asks():
    shown = []

    def ask():
        with StopButton(Kernel(["one"]), shown.append):
            waited(lambda: shown)
            threading.Thread(target=shown[0].click).start()
            time.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        ask()


def test_a_press_that_comes_too_late_interrupts_nobody():
    shown = []
    with StopButton(Kernel(["one"]), shown.append):
        waited(lambda: shown)
    shown[0].click()
    time.sleep(0.05)
    assert shown[0].comm is None, "and the button is closed"


def test_it_comes_when_the_front_end_opens_a_subshell(monkeypatch):
    monkeypatch.setattr(stop, "PATIENCE", 10)
    kernel, shown = Kernel(), []
    with StopButton(kernel, shown.append):
        time.sleep(0.1)
        assert shown == []
        kernel.subshells.append("one")
        waited(lambda: shown)


def test_where_no_subshell_comes_there_is_none():
    shown = []
    with StopButton(Kernel(), shown.append) as button:
        waited(lambda: not button._thread.is_alive())
    assert shown == []


def test_a_kernel_without_subshells_gets_none_and_no_thread():
    shown = []
    with StopButton(Kernel(["one"], able=False), shown.append) as button:
        assert not button._thread.is_alive()
    assert shown == []
