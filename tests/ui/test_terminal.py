"""Painting into a terminal: words come as they are said, each stays once, the footer is below."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
import time

import pytest
from emulator import Emulator
from recording import final
from rich.console import Console

from loopback import answering, delta, ending, serving
from nbprovider.session.tools import Runnable, approval
from nbprovider.types import (
    Answered,
    Delta,
    Finish,
    Route,
    Started,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from nbprovider.ui.screen import Screen
from nbprovider.ui.terminal import Terminal
from nbprovider.view import FORMATS, Final, ToolRun

ANSWER = """# Title

First words, and **bold** ones.

```python
a = 1

b = 2
```

- one
- two

Last words."""


class Tty(Emulator, io.StringIO):
    """A file that is a terminal."""

    def write(self, data):
        Emulator.write(self, data)
        return len(data)

    def isatty(self):
        return True


def console(tty, height=25):
    return Console(file=tty, width=60, height=height, force_terminal=True, color_system=None)


def test_the_answer_grows_and_stands_there_once_with_its_footer():
    tty = Tty()
    painter = Terminal(console(tty))
    painter.paint([], "waiting · tiny · 1 s")
    assert tty.text == "waiting · tiny · 1 s"
    for length in range(0, len(ANSWER), 7):
        painter.paint([Text(ANSWER[:length])], "")
        said = ANSWER[:length].rsplit("\n", 1)[0].replace("*", "")
        assert all(word in tty.text for word in ("words,", "one") if f"{word} " in said)
    painter.finish(final(Text(ANSWER)))
    assert "waiting" not in tty.text
    for words in ("Title", "First words, and bold ones.", "a = 1", "b = 2", "two", "Last words."):
        assert tty.text.count(words) == 1
    assert tty.text.endswith("Last words.\n\ntiny · 7 → 3 tokens")


def test_a_page_is_shown_as_its_source():
    """As markdown its tags would be taken for markup, and nothing of it would be seen."""
    tty = Tty()
    form = FORMATS["html"]
    screen = Screen(Terminal(console(tty)), 50, growing=form.growing)
    route = Route("p", "m", "a")
    with screen:
        screen.saw(Started(route, 1))
        for piece in ("<h1>Hi</h1>\n", "\n<p>you</p>\n"):
            screen.saw(Delta(0, Text(piece)))
            time.sleep(0.1)
        screen.saw(Finish("stop"))
        screen.saw(Answered(route))
    shown = tuple(screen.view.shown())
    screen.finish(Final(shown, "<h1>Hi</h1>\n\n<p>you</p>\n", form, "foot", {}))
    for words in ("<h1>Hi</h1>", "<p>you</p>"):
        assert tty.text.count(words) == 1
    assert tty.text.endswith("foot")


def test_reasoning_is_counted_and_not_shown():
    tty = Tty()
    painter = Terminal(console(tty))
    painter.paint([Thinking("secret thoughts")], "thinking · 2 words")
    painter.finish(final(Thinking("secret thoughts"), Text("Four.")))
    assert tty.text == "Four.\n\ntiny · 7 → 3 tokens"


ROME = ToolCall("1", "weather", '{"city": "Rome"}')


def test_a_tool_is_a_line_that_stands_there_once_with_what_it_gave():
    tty = Tty()
    painter = Terminal(console(tty))
    before, after = Text("Let me look."), Text("It is sunny.")
    ran = ToolRun(ROME, ToolResult("1", "weather", "sunny\nall day"))
    painter.paint([before, ROME], "")
    painter.paint([before, ToolRun(ROME)], "running weather")
    assert 'weather(city="Rome") → …' in tty.text
    painter.paint([before, ran, after], "")
    painter.finish(final(before, ran, after))
    assert tty.text.count("weather(") == 1
    assert '🔧 weather(city="Rome") → sunny all day' in tty.text
    assert "details" not in tty.text


def test_nothing_is_painted_while_somebody_is_asked(monkeypatch):
    tty = Tty()
    painter = Terminal(console(tty))
    painter.paint([ROME], "running weather · 1 s")
    asked = []

    def typed(words):
        before = tty.text
        painting = threading.Thread(target=painter.paint, args=([ROME], "running weather · 2 s"))
        painting.start()
        painting.join(0.2)
        asked.append((words, before, tty.text, painting))
        return "y"

    monkeypatch.setattr("builtins.input", typed)
    tool = Runnable(Tool("weather", "", {}), print, approval="ask")
    assert approval.approved(ROME, tool) is None
    ((words, before, meanwhile, painting),) = asked
    assert words.startswith("The model wants to run weather(")
    assert "running" not in before
    assert meanwhile == before
    painting.join()
    assert "running weather · 2 s" in tty.text
    painter.finish(final(Text("Done.")))
    assert "running" not in tty.text
    assert not approval.PAUSES


def test_of_a_block_higher_than_the_terminal_the_lowest_lines_are_seen():
    tty = Tty()
    painter = Terminal(console(tty, height=10))
    text = "```python\n" + "".join(f"line_{number} = 0\n" for number in range(40))
    painter.paint([Text(text)], "")
    assert "line_39" in tty.text
    assert "line_12" not in tty.text
    painter.finish(final(Text(text)))
    assert tty.text.count("line_12 ") == tty.text.count("line_39 ") == 1


def test_a_call_that_failed_leaves_what_it_had_said():
    tty = Tty()
    painter = Terminal(console(tty))
    painter.paint([Text("Half an ans")], "no words for 9 s")
    painter.leave([Text("Half an answ")])
    assert tty.text == "Half an answ"


def test_into_a_file_no_words_are_written_twice():
    file = io.StringIO()
    painter = Terminal(Console(file=file, width=60))
    for length in range(0, len(ANSWER), 7):
        painter.paint([Text(ANSWER[:length])], "waiting")
    painter.finish(final(Text(ANSWER)))
    assert file.getvalue().count("First words") == file.getvalue().count("Last words") == 1
    assert "waiting" not in file.getvalue()


class Shell:
    """A real IPython in a terminal of its own, read until what is waited for stands there."""

    def __init__(self, home, server) -> None:
        import pexpect

        environment = os.environ | {
            "NBPROVIDER_HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "OPENAI_COMPATIBLE_BASE_URL": f"{server.url}/v1",
            "TERM": "xterm",
        }
        arguments = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"]
        self.child = pexpect.spawn(
            sys.executable, arguments, env=environment, encoding="utf-8", dimensions=(40, 100)
        )
        self.screen = Emulator()

    def wait(self, words, count=1):
        import pexpect

        end = time.monotonic() + 30
        while self.screen.text.count(words) < count:
            assert time.monotonic() < end, self.screen.text
            try:
                self.screen.write(self.child.read_nonblocking(4096, timeout=1))
            except pexpect.TIMEOUT:
                continue

    def type(self, line):
        self.child.sendline(line)

    def close(self):
        self.child.close(force=True)


@pytest.fixture
def shell(isolated):
    pytest.importorskip("pexpect", reason="IPython brings it, except on Windows")
    shells = []

    def started(server):
        shells.append(Shell(isolated, server))
        shells[0].wait("In [1]:")
        shells[0].type("%load_ext nbprovider")
        shells[0].wait("In [2]:")
        return shells[0]

    yield started
    for one in shells:
        one.close()


def test_in_ipython_words_stream_and_stay_once_with_the_footer_below(shell):
    go = threading.Event()

    def held(peer):
        peer.head()
        peer.chunk(delta("First words, "))
        if go.wait(20):
            peer.chunk(delta("last words."))
            peer.chunk(ending())
            peer.end()

    with serving(held) as server:
        running = shell(server)
        running.type("%chat -m openai-compatible:tiny hello")
        running.wait("First words,")
        assert "last words." not in running.screen.text
        go.set()
        running.wait("In [3]:")
    assert running.screen.text.count("First words, last words.") == 1
    above, footer = running.screen.text.split("First words, last words.")
    assert "waiting" not in above
    assert footer.strip().startswith("tiny · 7 → 3 tokens")


def test_in_ipython_ctrl_c_keeps_what_was_said(shell):
    def endless(peer):
        peer.head()
        for number in range(1000):
            peer.chunk(delta(f"word{number} "))
            if peer.wait_closed(0.05):
                return

    with serving(endless) as server:
        running = shell(server)
        running.type("%chat -m openai-compatible:tiny hello")
        running.wait("word3")
        running.child.sendintr()
        running.wait("In [3]:")
        after = running.screen.text.split("hello", 1)[1]
        assert len(re.findall(r"word3\b", after)) == 1
        assert after.index("word3") < after.index("interrupted") < after.index("KeyboardInterrupt")
        assert "Traceback" not in after
        server.script = answering("All well.")
        running.type("%chat and now")
        running.wait("In [4]:")
    assert running.screen.text.count("All well.") == 1
