"""A vendor's program in a real kernel: interrupted, it is gone, and nothing that was said is lost.

The programs are stand-ins: see tests/programs.py.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from kernels import VERSIONS, kernel
from programs import alive, claude, put_on_path, said, until

pytestmark = pytest.mark.kernel

AT_ONCE = 0.3
"""Seconds that an interrupt may take, as the best of a few tries on a busy machine."""

STREAMS = said(*claude("two ", "words ")[:5]) + "\nchild()\nwhile True: time.sleep(1)"
STUBBORN = f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{STREAMS}"
SILENT = "child()\nwhile True: time.sleep(1)"


@pytest.fixture(scope="module", params=VERSIONS)
def running(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    with pytest.MonkeyPatch.context() as patch:
        program = put_on_path(patch, folder, "claude", SILENT)
        home = str(folder / "home")
        with kernel(request.param, NBPROVIDER_HOME=home, PATH=os.environ["PATH"]) as made:
            made.run("%load_ext nbprovider")
            yield made, program


def interrupted(running, does):
    """Ask, interrupt; return what ran, and the seconds until the cell and the program were gone."""
    kernel_, program = running
    program.does(does)
    child = program.folder / "child.json"
    child.unlink(missing_ok=True)
    name = kernel_.start("%%chat claude-cli --new\nTell me")
    if does is not SILENT:
        kernel_.wait_for(name, "two words")
    until(child.exists)
    at = kernel_.interrupt()
    ran = kernel_.finish(name, timeout=20)
    raised = next(t for t, m in ran.messages if m["msg_type"] == "error")
    until(lambda: not any(map(alive, program.pids)))
    return ran, max(raised, time.time()) - at


@pytest.mark.parametrize("does", [STREAMS, STUBBORN, SILENT], ids=["streams", "stubborn", "silent"])
def test_an_interrupt_ends_the_program_and_its_child(running, does):
    spans = []
    for _ in range(3):
        ran, span = interrupted(running, does)
        assert ran.error["ename"] == "KeyboardInterrupt"
        assert len(ran.error["traceback"]) == 1
        spans.append(span)
        if span < AT_ONCE:
            break
    assert min(spans) < AT_ONCE, spans


def test_what_was_said_is_kept_and_the_row_says_interrupted(running):
    ran, _ = interrupted(running, STREAMS)
    (output,) = ran.shown
    assert "two words" in output["data"]["text/markdown"]
    row = running[0].run(
        "row = get_ipython().run_line_magic('provider', 'usage').iloc[-1]\n"
        "print(row.status, row.provider, row.output > 0, row.cost_source)"
    )
    assert row.text.split() == ["interrupted", "claude-cli", "True", "subscription"]


def test_the_next_cell_works_and_no_zombie_is_left(running):
    kernel_, program = running
    interrupted(running, STREAMS)
    program.does(said(*claude("all is well")))
    ran = kernel_.run("%%chat claude-cli --new\nAgain")
    assert ran.status == "ok"
    assert "all is well" in str(ran.shown)
    states = kernel_.run(
        "import pathlib, os, threading\n"
        "stats = [p.read_text().rpartition(')')[2].split() for p in"
        " pathlib.Path('/proc').glob('[0-9]*/stat') if p.exists()]\n"
        "print([s for s in stats if s[1] == str(os.getpid()) and s[0] == 'Z'],"
        " [t.name for t in threading.enumerate() if 'program' in t.name])"
    )
    assert states.text.strip() == "[] []"


def test_interrupts_at_random_moments_leave_nothing_running(running):
    """Also while the program is being started.

    All is loaded by then: an import may swallow an interrupt. The cell says when it has begun: what
    comes before is ipykernel's own, and heeds none.
    """
    kernel_, program = running
    program.does(said(*claude("all is well")))
    kernel_.run("%%chat claude-cli --new\nhi")
    pauses = random.Random(3)
    program.does('note(f"ran-{os.getpid()}.json", os.getpid())\n' + STREAMS)
    begun = "print('begun', flush=True)\n"
    cell = f"{begun}get_ipython().run_cell_magic('chat', 'claude-cli --new', 'Tell me')"
    for _ in range(20):
        name = kernel_.start(cell)
        kernel_.wait_for(name, "'text': 'begun")
        time.sleep(pauses.uniform(0, 0.25))
        kernel_.interrupt()
        kernel_.finish(name)
    started = [int(file.read_text()) for file in program.folder.glob("ran-*.json")]
    assert started
    until(lambda: not any(map(alive, [*started, *program.pids])))
    assert kernel_.run("print('fine')").text == "fine\n"


def test_a_crash_is_one_short_message(running):
    kernel_, program = running
    program.does('sys.stderr.write("Not logged in. Please run /login\\n"); sys.exit(1)')
    ran = kernel_.run("%%chat claude-cli --new\nhi")
    assert ran.error["ename"] == "Unauthorized"
    assert "claude auth login" in "".join(ran.error["traceback"])
    assert len(ran.error["traceback"]) <= 3
