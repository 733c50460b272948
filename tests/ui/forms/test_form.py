"""A form works in the background, one thing of a kind at a time, and ends with its closing."""

from __future__ import annotations

import asyncio
import threading
import time

from waiting import idle, said, settled

from nbprovider.credentials import Secret
from nbprovider.errors import UsageError
from nbprovider.ui.forms import Form, Page, Words


class Trying(Form):
    """Counts, and fails in the ways that are asked for."""

    def __init__(self):
        super().__init__()
        self.begun = 0
        self.ended = threading.Event()
        self.go = threading.Event()

    def _page(self):
        return Page("Trying", (self.said,))

    def _set(self, name, value, row):
        if name == "mistake":
            raise RuntimeError(value)
        raise UsageError(f"{name} cannot be {value}.")

    def _act(self, name, row):
        self.start("work", "Working", getattr(self, name), lambda told: self.say(told, "good"))

    async def work(self):
        self.begun += 1
        try:
            while not self.go.is_set():  # noqa: ASYNC110 - set by another thread
                await asyncio.sleep(0.01)
        finally:
            self.ended.set()
        return "done"

    async def refuse(self):
        raise UsageError("It cannot be.", hint="Do it otherwise.")

    async def stumble(self):
        raise RuntimeError("a mistake with sk-ant-api03-1234567890abcdefgh in it")


def test_what_takes_time_does_not_hold_up_whoever_asks():
    form = Trying()
    began = time.monotonic()
    form.act("work")
    assert time.monotonic() - began < 5
    assert form.page().parts == (Words("said", "Working", "busy"),)
    form.go.set()
    assert said(form) == "done"


def test_two_clicks_do_not_start_two_things():
    form = Trying()
    for _ in range(5):
        form.act("work")
    settled(form, lambda: form.begun)
    form.go.set()
    idle(form)
    assert form.begun == 1
    form.act("work")
    idle(form)
    assert form.begun == 2, "but one can be begun again"


def test_closing_ends_the_work_and_no_result_comes_after_it():
    form, told = Trying(), []
    form.act("work")
    settled(form, lambda: form.begun)
    form.close()
    assert form.ended.wait(10)
    form.listen(lambda: told.append(1))
    form.act("work")
    form.set("x", 1)
    assert form.begun == 1
    assert told == []


def test_a_cancelled_work_leaves_room_for_another_whose_end_is_its_own():
    form = Trying()
    form.act("work")
    settled(form, lambda: form.begun)
    form.cancel("work")
    form.ended.clear()
    form.act("work")
    settled(form, lambda: form.begun == 2)
    assert form.busy("work")
    form.go.set()
    assert said(form) == "done"


def test_an_error_is_said_with_its_fix_and_a_mistake_of_ours_without_secrets():
    form = Trying()
    form.act("refuse")
    idle(form)
    assert form.said == Words("said", "It cannot be. Do it otherwise.", "bad")
    form.act("stumble")
    assert "RuntimeError" in said(form)
    assert "1234567890" not in form.said.text
    form.set("x", 1)
    assert form.said.text == "x cannot be 1."
    form.set("mistake", "sk-ant-api03-1234567890abcdefgh")
    assert "RuntimeError" in form.said.text
    assert "1234567890" not in form.said.text


def test_listeners_are_told_of_each_page_and_never_under_the_lock_of_the_form():
    """Else a painter that asks for the page from another thread would wait for ever."""
    form = Trying()
    free = []

    def heard():
        other = threading.Thread(target=form.page)
        other.start()
        other.join(10)
        free.append(not other.is_alive())

    form.listen(heard)
    form.set("x", 1)
    form.update(lambda: form.set("y", 2))
    form.close()
    assert free == [True] * 3


def test_painting_does_not_hold_up_the_loop_of_the_network():
    form, painted_by = Trying(), []
    form.listen(lambda: painted_by.append(threading.current_thread().name))
    form.go.set()
    form.act("work")
    settled(form, lambda: len(painted_by) == 2)
    assert "nbprovider-loop" not in painted_by


def test_what_is_said_holds_no_known_secret():
    secret = Secret("a-key-of-no-known-shape-0123")
    form = Trying()
    form.say(f"refused: {secret.reveal()}")
    assert "0123" not in form.said.text
