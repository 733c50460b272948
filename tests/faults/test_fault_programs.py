"""Vendors' programs that die, hang or talk nonsense: another answers, and no process is left."""

from __future__ import annotations

import pandas as pd
import pytest

from asked import Way, asynchronous, both, sync
from faulty import MODEL
from nbprovider import protocols
from nbprovider.errors import NbproviderError, Stalled, Unavailable
from nbprovider.session.chains import chains
from programs import alive, claude, codex, gemini, put_on_path, said, until

SAYS = {"claude": claude("Hello"), "gemini": gemini("Hello"), "codex": codex("Hello")}
WORDS = {"claude": 4, "gemini": 3, "codex": 4}
"""Program → the number of lines until words of the answer have come."""

FAULTS = {
    "dies": "sys.exit(3)",
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "hangs": "time.sleep(60)",
    "hangs with a child": "child()\ntime.sleep(60)",
    "ends": "",
    "talks nonsense": "sys.stdout.buffer.write(bytes(range(256)))",
}
each = pytest.mark.parametrize("name", SAYS)


def test_every_program_is_here():
    assert {f"cli_{name}" for name in SAYS} == {n for n in protocols.OWN if n.startswith("cli_")}


@pytest.mark.parametrize(
    ("name", "fault"),
    # How a silent program is ended does not depend on what it says.
    [
        (name, fault)
        for name in SAYS
        for fault in FAULTS
        if name == "claude" or "hangs" not in fault
    ],
)
def test_a_program_that_fails_is_answered_for_by_another(world, name, fault, monkeypatch, tmp_path):
    """At the beginning and in the middle; sync alone, then async by the chain."""
    world.speak("openai_chat")
    world.settle(silence=2)  # a program needs its time to begin
    program = put_on_path(monkeypatch, tmp_path, name, "pass")
    chains.create("safe", [f"{name}-cli", f"near:{MODEL}"])
    for lines, way in ((0, sync), (WORDS[name], asynchronous)):
        program.does(f"{said(*SAYS[name][:lines])}\n{FAULTS[fault]}")
        assert way("safe").text == "from near"
        until(lambda: not any(map(alive, program.pids)))
        first, second = world.rows()
        assert (first["provider"], first["status"]) == (f"{name}-cli", "failed")
        kind = first["error"].partition(":")[0]
        assert kind == "stalled" if "hangs" in fault else kind in {"program", "unavailable"}
        assert pd.isna(first["cost"]) or first["cost_source"] == "subscription"
        assert second["status"] == "ok"


@each
@both
def test_alone_it_is_one_clear_error(world, name, way: Way, monkeypatch, tmp_path):
    world.speak("openai_chat")
    world.settle(silence=2)
    put_on_path(monkeypatch, tmp_path, name, FAULTS["dies"])
    with pytest.raises(NbproviderError) as raised:
        way(f"{name}-cli", fallback=False)
    assert isinstance(raised.value, Unavailable)
    assert not isinstance(raised.value, Stalled)
    assert raised.value.hint
