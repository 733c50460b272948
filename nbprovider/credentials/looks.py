"""What keys look like: by what they begin with, and by what stands before them.

Each pattern keeps its first group, which is public, and hides the rest of what it matches. `hints`
are lower-case words of which one is in any text that the pattern could match: they are looked for
first, because that is a hundred times faster.
"""

from __future__ import annotations

import re

from msgspec import Struct

WORD = r"(?=[\w-]{0,80}\d)[\w-]{12,}+(?!…)"
"""A key has a digit somewhere, an English word such as sk-something-or-other has none.

What is looked ahead at is bounded, and what is taken is not given back: no text makes this slow.
"""

LETTERS = r"(?=[A-Za-z]{0,80}\d)[A-Za-z0-9]{12,}+[\w-]*+(?!…)"
"""For beginnings that names of models and variables share: no `_` and no `-` for a while."""

LONG = r"(?=[A-Za-z]{0,80}\d)[A-Za-z0-9]{20,}+[\w-]*+(?!…)"
BASE64 = r"(?=[\w-]{0,80}\d)[\w-]{12,}+(?:(?:[+/]|%2[BFbf])[\w+/%-]*+)?={0,2}(?!…)"

TAILS: dict[str, str] = {
    "sk-ant-api03-": WORD,
    "sk-ant-oat01-": WORD,
    "sk-ant-ort01-": WORD,
    "sk-ant-admin01-": WORD,
    "sk-ant-": WORD,
    "sk-or-v1-": WORD,
    "sk-proj-": WORD,
    "sk-svcacct-": WORD,
    "sk-admin-": WORD,
    "sk-kimi-": WORD,
    "sk-api-": WORD,
    "sk-cp-": WORD,
    "sk-lf-": WORD,
    "sk-": WORD,
    "sk_": LONG,
    "gsk_": LETTERS,
    "xai-": LETTERS,
    "AIza": WORD,
    "AQ.": WORD,
    "GOCSPX-": WORD,
    "ya29.": r"(?=[\w.-]{0,80}\d)[\w.-]{12,}+(?!…)",
    "1//0": WORD,
    "hf_": LETTERS,
    "pplx-": LETTERS,
    "nvapi-": WORD,
    "fw_": LETTERS,
    "csk-": LETTERS,
    "r8_": LETTERS,
    "jina_": LETTERS,
    "tvly-": WORD,
    "lsv2_pt_": WORD,
    "ghp_": LETTERS,
    "gho_": LETTERS,
    "ghu_": LETTERS,
    "ghs_": LETTERS,
    "ghr_": LETTERS,
    "github_pat_": WORD,
    "glpat-": WORD,
    "AKIA": r"(?=[A-Z]{0,80}\d)[A-Z0-9]{12,}+\b",
    "ASIA": r"(?=[A-Z]{0,80}\d)[A-Z0-9]{12,}+\b",
    "tgp_v1_": WORD,
    "bedrock-api-key-": BASE64,
    "ABSK": BASE64,
    "wk-": LONG,
    "ws-": LONG,
    "ak-": LONG,
    "as-": LONG,
    "pa-": LONG,
    "xoxb-": WORD,
    "xoxp-": WORD,
}
"""What a key may begin with in public → what follows; the longest of those alike comes first."""

PREFIXES = tuple(TAILS)

_START = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
"""Not in a word; but after a percent-encoded sign or a written-out end of line."""


class Shape(Struct, frozen=True):
    """One way in which a key can be seen; `name` says what it is, in words.

    `prefix` is what it begins with, "" for a shape that has no beginning of its own.
    """

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    prefix: str = ""


def _beginning(prefix: str) -> Shape:
    pattern = re.compile(f"{_START}({re.escape(prefix)}){TAILS[prefix]}")
    return Shape(f"a key that begins with {prefix}", (prefix.lower(),), pattern, prefix)


JWT = Shape(
    "a signed token (JWT)",
    ("eyj",),
    re.compile(_START + r"(eyJ)[\w-]{8,1000}\.[\w-]{4,}+(?:\.[\w-]*+)?"),
)
PRIVATE_KEY = Shape(
    "a private key",
    ("private key",),
    re.compile(r"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----)(?:[A-Za-z0-9+/=\s\"'│|]|\\[nr])+"),
)
AZURE = Shape(
    "an Azure key",
    ("jqqj9",),
    re.compile(r"(?<![A-Za-z0-9])()[A-Za-z0-9]{40,60}JQQJ9[A-Za-z0-9]{16,40}"),
)

_IS = r"\\?[\"']?\s*(?:[:=,]|=>|%3[AaDd])\s*b?\\?[\"']?"
"""What may stand between a name and its value: in code, JSON, a header, a tuple, a query."""

_VALUE = r"(?=[^\s\"',;&…\\]{0,80}\d)[^\s\"',;&…\\()\[\]{}]{8,}"
_NAMES = (
    "x-api-key|x-goog-api-key|xi-api-key|ocp-apim-subscription-key|api[-_]?key"
    "|x-amz-security-token|x-auth-token|auth[-_]?token|access[-_]?token|refresh[-_]?token"
    "|id[-_]token|session[-_]?token|client[-_]?secret|secret[-_]?access[-_]?key|password|passwd"
    "|code_verifier|device_code"
)

PLACED = (
    Shape(
        "what a header Authorization holds",
        ("authorization",),
        re.compile(
            rf"(?i)(authorization{_IS}(?:(?:bearer|basic|token|key|aws4-hmac-sha256)\s+)?)"
            r"[^\s\"',;…\\]{8,}"
        ),
    ),
    Shape(
        "a bearer token",
        ("bearer",),
        re.compile(
            r"(?i)(\bbearer(?:\s+|%20|\+))(?=[^\s\"',;]{0,80}\d|[^\s\"',;]{32})[^\s\"',;…\\]{12,}"
        ),
    ),
    Shape(
        "a signature",
        ("signature",),
        re.compile(r"(?i)(\b(?:x-amz-)?signature(?:=|%3D))[0-9A-Za-z%+/=_-]{16,}"),
    ),
    Shape(
        "a named key or password",
        ("key", "token", "secret", "passw", "verifier", "device_code"),
        re.compile(rf"(?i)((?:{_NAMES}){_IS}){_VALUE}"),
    ),
    Shape(
        "a cookie",
        ("cookie",),
        re.compile(
            r"(?i)(\b(?:set-)?cookie\\?[\"']?\s*[:,]\s*b?\\?[\"']?)(?=[^\"'\r\n]{0,80}=)[^\"'\r\n…]{8,}"
        ),
    ),
    Shape(
        "a key in an address",
        ("key", "token", "code", "sig"),
        re.compile(
            r"(?i)((?:[?&]|%3F|%26)(?:key|api[-_]?key|(?:access_|refresh_|id_)?token|code|sig)(?:=|%3D))"
            r"[^&\s\"'…\\]{8,}"
        ),
    ),
    Shape(
        "a password in an address",
        ("://",),
        re.compile(r"(://[^/\s:@\"']{0,64}:)[^/\s@\"'…]{3,}(?=@)"),
    ),
)
"""Known by what stands before them; words of ordinary code may look so too."""

DISTINCT = (*map(_beginning, PREFIXES), JWT, PRIVATE_KEY, AZURE)
"""Known by themselves."""
