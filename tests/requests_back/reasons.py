"""Why a recorded request, read as a Call and built again, may say something else."""

from __future__ import annotations

import re

REASONS = (
    (
        r"messages of another length",
        "a picture in a tool's result, which OpenAI documents as words: it follows behind",
    ),
    (
        r"messages\[\]\.(tool_calls\[\]\.)?cache_control lost",
        "a mark on a message, where OpenRouter and Vercel document one on its content",
    ),
    (
        r"not carried: a document that is (neither bytes nor an address|not bytes)",
        "a document of blocks, or one kept at its provider: our media are bytes or an address",
    ),
    (
        r"not carried: content of the type video_url",
        "Chat Completions document no films; the recorded server refused it, too",
    ),
    (r"not carried: a medium that is no base64", "the bytes are written in another alphabet"),
    (
        r"messages\[\]\.(reasoning|reasoning_content|reasoning_details) lost",
        "thoughts go back only to providers whose file asks for them (`replay_reasoning`)",
    ),
    (
        r"input of another length",
        "what a model said in two messages in a row goes back as one",
    ),
    (r"messages\[\]\.content of another length", "a text of blanks only, which Anthropic refuses"),
    (
        r"messages\[\]\.content\[\]\.thinking of another length",
        "a thought in several pieces goes back as one",
    ),
)
"""A change → the reason for it."""


def reason(change: str) -> str:
    """Return why a change may be, "" when nobody knows."""
    return next((why for what, why in REASONS if re.fullmatch(what, change)), "")
