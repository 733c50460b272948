"""Somebody at the keyboard, who types one key unseen whenever a key is asked for."""

from __future__ import annotations

import getpass

import pytest

KEY = "sk-seededWORK0123456789abcdef"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have somebody at the keyboard; return the prompts."""
    prompts: list[str] = []

    def reply(prompt: str = "") -> str:
        prompts.append(prompt)
        return KEY

    monkeypatch.setattr(getpass, "getpass", reply)
    return prompts
