"""Take keys out of text: those that we know, and whatever is shaped like one."""

from __future__ import annotations

import re
from functools import cache

from nbprovider.credentials.secret import known_values

MARK = "…[redacted]"

# A shorter value is a stand-in such as "none" or "ollama", and a word of ordinary text.
SHORTEST = 8

# What a key may begin with in public; the longest of those that begin alike comes first.
PREFIXES = (
    "sk-ant-api03-",
    "sk-ant-oat01-",
    "sk-ant-",
    "sk-or-v1-",
    "sk-proj-",
    "sk-svcacct-",
    "sk-admin-",
    "sk-kimi-",
    "sk-",
    "gsk_",
    "xai-",
    "AIza",
    "AQ.",
    "hf_",
    "pplx-",
    "nvapi-",
    "fw_",
    "csk-",
    "ghp_",
    "gho_",
    "github_pat_",
    "AKIA",
    "tgp_v1_",
    "ABSK",
    "bedrock-api-key-",
    "ya29.",
)


def redact(text: str) -> str:
    """Return the text with every known secret and key-shaped word replaced by a mark.

    A mark shows the public beginning of a key, such as `sk-`, and nothing else of it.
    """
    for value in known_values():
        if len(value) >= SHORTEST and value in text:
            text = text.replace(value, _beginning(value) + MARK)
    for pattern in _shapes():
        text = pattern.sub(rf"\1{MARK}", text)
    return text


def _beginning(value: str) -> str:
    return next((prefix for prefix in PREFIXES if value.startswith(prefix)), "")


@cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    prefixes = "|".join(map(re.escape, PREFIXES))
    return (
        # A key has a digit somewhere, an English word such as sk-something-or-other has none.
        re.compile(rf"(?<![A-Za-z0-9])({prefixes})(?=[\w-]*\d)[\w-]{{12,}}"),
        re.compile(r"(?<![A-Za-z0-9])(eyJ)[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"),
        re.compile(r"(?i)(\bbearer\s+)[^\s\"',;…]{12,}"),
        re.compile(
            r"(?i)(\b(?:x-api-key|x-goog-api-key|api-key)[\"']?\s*[:=]\s*[\"']?)[^\s\"',;…]{8,}"
        ),
        re.compile(r"(?i)([?&](?:key|api_key|apikey|access_token|token)=)[^&\s\"'…]{8,}"),
    )
