"""Programs of stand-ins (see tests/programs.py): run, heard, ended, by each driver alike."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from nbprovider import catalog, transport
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access
from nbprovider.errors import (
    BadRequest,
    ConfigError,
    ProgramFailed,
    Stalled,
    Unauthorized,
    Unavailable,
)
from nbprovider.flow import attempt
from nbprovider.types import Call, Command, Delta, Fold, Message, Opened, Read, Send, Text
from programs import Program, alive, claude, put_on_path, said, until

SETTINGS = transport.Settings()
CALL = Call("sonnet", (Message("user", (Text("hi"),)),))
WAITS = said(*claude("partial ")[:4]) + "\nchild()\nwhile True: time.sleep(1)"


@pytest.fixture
def program(monkeypatch, tmp_path) -> Program:
    return put_on_path(monkeypatch, tmp_path, "claude", said(*claude("Hel", "lo")))


@pytest.fixture(autouse=True)
def _nothing_left():
    """After each test no thread of a program lives, and nothing unclosed is collected."""
    yield
    until(lambda: not [t for t in threading.enumerate() if t.name == "nbprovider-program"])
    gc.collect()


def flow(silence=10.0):
    return attempt(CALL, Access(Endpoint(catalog.find("claude-cli"), ""), None, ""), silence)


def folded(events):
    fold = Fold()
    for event in events:
        fold.saw(event)
    return fold.turn()


def sync(made):
    return folded(transport.run(made, SETTINGS))


def relayed(made):
    return folded(transport.relayed(made, SETTINGS))


def asynchronous(made):
    async def go():
        return folded([event async for event in transport.arun(made, SETTINGS)])

    return asyncio.run(go())


there = pytest.mark.usefixtures("program")
each = pytest.mark.parametrize("drive", [sync, asynchronous, relayed])


@there
@each
def test_what_the_program_says_is_the_answer(drive):
    turn = drive(flow())
    assert (turn.text, turn.finish, turn.model) == ("Hello", "stop", "claude-sonnet-5-5")
    assert (turn.usage.input, turn.usage.output) == (9, 4)


def test_it_runs_in_an_empty_folder_that_is_gone_afterwards(program):
    sync(flow())
    assert program.started["there"] == []
    assert not Path(program.started["cwd"]).exists()


def test_it_reads_its_prompt_and_inherits_what_it_may(program, monkeypatch):
    monkeypatch.setenv("CLAUDECODE", "1")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "from-the-environment")
    sync(flow())
    assert program.started["stdin"] == "hi"
    assert "CLAUDECODE" not in program.started["env"]
    assert program.started["env"]["CLAUDE_CODE_OAUTH_TOKEN"] == "from-the-environment"


def test_a_command_has_files_and_variables_of_its_own(program):
    command = Command(("claude",), b"", {"a.json": b"{}"}, {"OWN": "1"})
    program.does('note("there.json", [os.listdir("."), os.environ["OWN"]])')

    def made():
        yield Send(command)
        yield Read()

    transport.result(made(), SETTINGS)
    assert json.loads((program.folder / "there.json").read_text()) == [["a.json"], "1"]


def test_the_first_word_is_there_while_the_program_still_runs(program):
    program.does(WAITS)
    with closing(transport.run(flow(), SETTINGS)) as events:
        assert next(e for e in events if isinstance(e, Delta)).part.text == "partial "
        assert alive(program.started["pid"])


@each
def test_leaving_early_ends_the_program_and_its_children(drive, program):
    program.does(WAITS)

    async def leave():
        async with aclosing(transport.arun(flow(), SETTINGS)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    break
            until(lambda: len(program.pids) == 2)

    if drive is asynchronous:
        asyncio.run(leave())
    else:
        driver = transport.run if drive is sync else transport.relayed
        with closing(driver(flow(), SETTINGS)) as events:
            next(e for e in events if isinstance(e, Delta))
            until(lambda: len(program.pids) == 2)
    until(lambda: not any(map(alive, program.pids)))


def test_a_cancelled_task_ends_the_program(program):
    program.does(WAITS)

    async def go():
        async def ask():
            async for _ in transport.arun(flow(), SETTINGS):
                pass

        task = asyncio.create_task(ask())
        await asyncio.to_thread(until, (program.folder / "child.json").exists)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(go())
    until(lambda: not any(map(alive, program.pids)))


def test_one_that_does_not_want_to_end_is_killed(program):
    program.does("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAITS)
    with closing(transport.run(flow(), SETTINGS)) as events:
        next(e for e in events if isinstance(e, Delta))
        until(lambda: len(program.pids) == 2)
    until(lambda: not any(map(alive, program.pids)))


@each
def test_silence_is_a_stall_and_ends_the_program(drive, program):
    program.does(WAITS)
    with pytest.raises(Stalled, match=r"`claude` said nothing for 0\.5 s"):
        drive(flow(silence=0.5))
    until(lambda: not alive(program.started["pid"]))


@each
def test_every_line_counts_as_life(drive, program):
    program.does(
        f"for line in {list(claude('slow', 'ly'))!r}:\n    say(line)\n    time.sleep(0.15)"
    )
    assert drive(flow(silence=1.0)).text == "slowly"


@each
def test_a_crash_in_the_middle_is_named_with_its_last_words(drive, program):
    program.does(
        said(*claude("half ")[:4]) + '\nsys.stderr.write("Error: disk on fire\\n")\nsys.exit(3)'
    )
    with pytest.raises(ProgramFailed, match=r"exit code 3.*disk on fire") as caught:
        drive(flow())
    assert caught.value.exit_code == 3
    program.does(said(*claude("well")))
    assert drive(flow()).text == "well"


@each
def test_a_killed_program_is_named(drive, program):
    program.does(said(*claude("half ")[:4]) + "\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ProgramFailed, match="signal 9"):
        drive(flow())


@each
def test_one_that_ends_well_without_a_result_is_cut_short(drive, program):
    program.does(said(*claude("half ")[:4]))
    with pytest.raises(Unavailable, match="cut short"):
        drive(flow())


def test_one_that_says_nothing_at_all_is_told_so(program):
    program.does("pass")
    with pytest.raises(Unavailable, match="No answer came"):
        sync(flow())


def test_a_complaint_about_the_login_names_how_to_log_in(program):
    program.does('sys.stderr.write("Invalid API key. Please run /login\\n"); sys.exit(1)')
    with pytest.raises(Unauthorized, match="claude auth login"):
        sync(flow())


def test_an_unknown_flag_means_another_version(program):
    program.does("sys.stderr.write(\"error: unknown option '--tools'\\n\"); sys.exit(1)")
    with pytest.raises(BadRequest, match="up to date"):
        sync(flow())


def test_after_the_result_the_exit_code_does_not_matter(program):
    program.does(said(*claude("fine")) + "\nsys.exit(7)")
    assert sync(flow()).text == "fine"


def test_one_that_hangs_after_its_result_is_ended(program):
    program.does(said(*claude("fine")) + "\nwhile True: time.sleep(1)")
    assert sync(flow(silence=60)).text == "fine"
    until(lambda: not alive(program.started["pid"]))


def test_a_child_that_keeps_the_output_open_does_not_keep_us_waiting(program):
    program.does(said(*claude("fine")) + "\nchild()")
    assert sync(flow(silence=60)).text == "fine"
    until(lambda: not any(map(alive, program.pids)))


@each
def test_lines_that_are_no_json_are_passed_over(drive, program):
    program.does(said("Loaded cached credentials.", "\x00\x01", "", *claude("well")))
    assert drive(flow()).text == "well"


def test_a_broken_line_is_passed_over_like_a_log(program):
    """A program writes its own lines among those that count, some of them in braces."""
    program.does(said('{"type": "assist!!', *claude("well")))
    assert sync(flow()).text == "well"


def test_words_that_explain_a_failure_are_quoted(program):
    program.does(said("The wheel has come off.") + "\nsys.exit(1)")
    with pytest.raises(ProgramFailed, match="wheel has come off"):
        sync(flow())


@each
def test_a_line_of_a_megabyte_is_read(drive, program):
    words = "x" * 1_000_000
    last = "{'type': 'result', 'subtype': 'success', 'result': 'x' * 1_000_000}"
    program.does(f"say({last})")
    assert drive(flow()).text == words


@each
def test_a_line_without_end_is_refused_and_the_program_ended(drive, program):
    program.does("while True: sys.stdout.write('x' * 65536)")
    with pytest.raises(Unavailable, match="longer than 16 MiB"):
        drive(flow())
    until(lambda: not alive(program.started["pid"]))


def test_much_on_standard_error_blocks_nobody(program):
    program.does("sys.stderr.write('warning\\n' * 200_000)\n" + said(*claude("well")))
    assert sync(flow()).text == "well"


def test_a_prompt_that_nobody_reads_blocks_nobody(program):
    long = Call("sonnet", (Message("user", (Text("x" * 3_000_000),)),))
    access = Access(Endpoint(catalog.find("claude-cli"), ""), None, "")
    program.path.write_text(
        '#!/bin/sh\necho \'{"type":"result","subtype":"success","result":"unread"}\'\n'
    )
    assert sync(attempt(long, access)).text == "unread"


@each
def test_one_that_is_not_there_is_named(drive, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"`claude` cannot be started: it is not on PATH"):
        drive(flow())


@each
def test_one_that_cannot_be_executed_is_named(drive, program):
    program.path.write_bytes(b"\x7fELF\x00 no program at all")
    with pytest.raises(ConfigError, match=r"`claude` cannot be started: Exec format error"):
        drive(flow())
    program.path.write_text("#!/no/such/interpreter\n")
    with pytest.raises(ConfigError, match=r"`claude` cannot be started: No such file"):
        drive(flow())
    program.path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"cannot be started"):
        drive(flow())


@there
def test_an_argument_that_no_command_line_can_hold_is_an_error():
    call = Call("son\0net", CALL.messages)
    with pytest.raises(ConfigError, match="cannot be started"):
        sync(attempt(call, Access(Endpoint(catalog.find("claude-cli"), ""), None, "")))


def test_two_at_once_do_not_mix(program):
    program.does(
        'say({"type": "result", "subtype": "success", "result": str(os.getpid())})\ntime.sleep(0.1)'
    )

    async def go():
        async def ask():
            return folded([event async for event in transport.arun(flow(), SETTINGS)]).text

        return await asyncio.gather(*(ask() for _ in range(10)))

    assert len(set(asyncio.run(go()))) == 10


@there
def test_its_head_says_that_it_runs():
    opened = next(e for e in transport.run(flow(), SETTINGS) if isinstance(e, Opened))
    assert (opened.status, dict(opened.headers)) == (200, {})
