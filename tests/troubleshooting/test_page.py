"""The page and the tests never part: each row is produced, and what is produced has its row."""

from __future__ import annotations

import re
from pathlib import Path

PRODUCED = re.compile(r'(?:sees|is_answered)\(\s*"([^"]+)"')


def test_every_row_is_produced_and_every_produced_symptom_has_its_row(page):
    tests = Path(__file__).parent.glob("test_*.py")
    produced = {name for test in tests for name in PRODUCED.findall(test.read_text("utf-8"))}
    assert produced == set(page)
