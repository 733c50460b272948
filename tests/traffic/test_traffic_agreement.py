"""Recorded traffic says to us what it says to the vendors' own SDKs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agreement import CHATS, CLAIMED, judged
from explained import EXPLAINED
from recorded import records, settle

pytestmark = pytest.mark.traffic

SCRIPT = Path(__file__).parents[1] / "conformance.py"


@pytest.mark.parametrize("traffic", CLAIMED)
def test_recorded_traffic_says_what_its_sdk_says(traffic):
    """Text, reasoning, calls, reason to finish, counts, errors: what differs is explained.

    Row 17 of the rivals: a Gemini stream loses tool calls, and reasoning is overwritten.
    """
    found = {one["id"]: told for one in records(traffic) if (told := judged(traffic, one))}
    settle(found, EXPLAINED[traffic])


@pytest.mark.parametrize("traffic", CHATS)
def test_hardly_anything_needs_an_explanation(traffic):
    """At most one record in a hundred differs; one alone may in a small file."""
    assert len(EXPLAINED[traffic]) <= max(1, len(records(traffic)) / 100)


def conformance(folder, *more):
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, *more], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_folder_of_ones_own_is_judged_record_by_record(tmp_path):
    """What is no record, or says something else than expected, fails by name; the rest passes."""
    good = next(one for one in records("mistral") if one["expected"]["text"])
    wrong = {**good, "id": "wrong", "expected": {**good["expected"], "text": "something else"}}
    strange = {**good, "id": "strange", "response_status": "many"}
    odd = {**good, "id": "odd", "request_json": {"messages": [7]}}
    lines = [*map(json.dumps, (good, wrong, strange, odd)), "{", "[]"]
    (tmp_path / "mistral.jsonl").write_text("\n".join(lines))
    (tmp_path / "telegrams.jsonl").write_text("{}")
    *told, last = conformance(tmp_path, "-v")
    assert last == "2 passed, 4 failed"
    assert any("differs: mistral mistral wrong  text: " in line for line in told)
    assert any("strange  crashed: " in line for line in told)
    assert any("of a strange shape" in line for line in told)
    assert "not claimed: telegrams" in told


def test_what_is_explained_here_is_not_elsewhere(tmp_path):
    """An explanation holds for the recordings that it was written about."""
    explained = [one for one in records("openai-chat") if one["id"] in EXPLAINED["openai-chat"]]
    (tmp_path / "openai-chat.jsonl").write_text("\n".join(map(json.dumps, explained)))
    assert conformance(tmp_path)[-1] == f"0 passed, {len(explained)} failed"
