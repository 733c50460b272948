"""Stand-ins for the vendors' command-line programs: small scripts, put on PATH, that replay output.

The lines have the formats of Claude Code 2.1, Gemini CLI 0.55 and Codex 0.163, written by hand. The
vendors' programs themselves need a login and a network: no test runs them.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

from pytest import MonkeyPatch  # noqa: PT013 - the name of a type

SCRIPT = """\
#!{python}
# A stand-in for a vendor's program: it notes how it was started, then does what its test says.
import json, os, signal, subprocess, sys, time
here = {here!r}
def note(name, value):
    whole = os.path.join(here, name)
    with open(f"{{whole}}.{{os.getpid()}}", "w") as file:
        json.dump(value, file)
    os.replace(f"{{whole}}.{{os.getpid()}}", whole)
note("started.json", {{
    "argv": sys.argv[1:], "stdin": sys.stdin.read(), "cwd": os.getcwd(),
    "there": sorted(os.listdir(".")), "env": dict(os.environ), "pid": os.getpid(),
}})
def say(*lines):
    for line in lines:
        sys.stdout.write(line if isinstance(line, str) else json.dumps(line))
        sys.stdout.write("\\n")
        sys.stdout.flush()
def child(*command):
    running = subprocess.Popen(list(command) or ["sleep", "60"])
    note("child.json", running.pid)
    return running
{does}
"""


class Program:
    """A stand-in: its script, and what it noted when it ran."""

    def __init__(self, folder: Path, name: str, does: str) -> None:
        self.folder = folder
        self.path = folder / name
        self.does(does)

    def does(self, does: str) -> None:
        """Write what the program does from now on, in Python."""
        self.path.write_text(SCRIPT.format(python=sys.executable, here=str(self.folder), does=does))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    @property
    def started(self) -> dict[str, Any]:
        """How it was last started: argv, stdin, cwd, env, pid."""
        return json.loads((self.folder / "started.json").read_text())

    @property
    def pids(self) -> tuple[int, ...]:
        """The process, and the child that it began, if it did."""
        child = self.folder / "child.json"
        return (self.started["pid"], *([json.loads(child.read_text())] if child.exists() else []))


def put_on_path(monkeypatch: MonkeyPatch, tmp_path: Path, name: str, does: str) -> Program:
    """Put a stand-in of this name in front of PATH."""
    folder = tmp_path / f"bin-{name}"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Program(folder, name, does)


def said(*lines: Any) -> str:
    """Return the script of a program that says these lines, and ends."""
    return f"say(*{list(lines)!r})"


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not, but is not gone either."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    assert state != "Z" or os.getpid() != _parent(pid), "a zombie of ours"
    return state != "Z"


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def until(true: Any, limit: float = 10.0) -> None:
    """Wait until something is true; fail when it does not become so."""
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def claude(*words: str, **result: Any) -> tuple[dict[str, Any], ...]:
    """Return the lines of Claude Code that streams these words; `result` changes the last line."""
    stream = [
        {
            "type": "message_start",
            "message": {
                "id": "m1",
                "model": "claude-sonnet-5-5",
                "usage": {"input_tokens": 9, "output_tokens": 1},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": word},
            }
            for word in words
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 4},
        },
        {"type": "message_stop"},
    ]
    text = "".join(words)
    return (
        {"type": "system", "subtype": "init", "session_id": "s1", "model": "claude-sonnet-5-5",
         "tools": [], "apiKeySource": "none"},
        *({"type": "stream_event", "event": event, "parent_tool_use_id": None} for event in stream),
        {"type": "assistant", "message": {"id": "m1", "model": "claude-sonnet-5-5",
         "content": [{"type": "text", "text": text}], "stop_reason": None}},
        {"type": "result", "subtype": "success", "is_error": False, "result": text,
         "stop_reason": "end_turn", "num_turns": 1, "duration_ms": 900, "total_cost_usd": 0.0021,
         "usage": {"input_tokens": 9, "output_tokens": 4, "cache_read_input_tokens": 100,
                   "cache_creation_input_tokens": 20}, **result},
    )  # fmt: skip


def gemini(*words: str) -> tuple[dict[str, Any], ...]:
    """Return the lines of Gemini CLI that streams these words."""
    return (
        {"type": "init", "session_id": "g1", "model": "gemini-3.8-flash"},
        {"type": "message", "role": "user", "content": "the prompt"},
        *({"type": "message", "role": "assistant", "content": word, "delta": True}
          for word in words),
        {"type": "result", "status": "success", "stats": {"total_tokens": 60, "input_tokens": 40,
         "output_tokens": 12, "cached": 30, "input": 10, "duration_ms": 800, "tool_calls": 0}},
    )  # fmt: skip


def codex(*messages: str) -> tuple[dict[str, Any], ...]:
    """Return the lines of Codex that says these messages."""
    return (
        {"type": "thread.started", "thread_id": "t1"},
        {"type": "turn.started"},
        {"type": "item.completed", "item": {"id": "i0", "type": "reasoning", "text": "Let me see"}},
        *({"type": "item.completed", "item": {"id": f"i{n}", "type": "agent_message", "text": text}}
          for n, text in enumerate(messages, 1)),
        {"type": "turn.completed", "usage": {"input_tokens": 50, "cached_input_tokens": 30,
         "output_tokens": 7}},
    )  # fmt: skip
