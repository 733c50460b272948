"""Forty keys of the shapes that there are, each with a body that nothing else holds."""

from __future__ import annotations

import base64
import json
import random
import string
from urllib.parse import quote

LETTERS = string.ascii_letters + string.digits
WINDOW = 10
"""Characters of a key's body that must not be seen together."""


def _body(name: str, length: int, letters: str = LETTERS) -> str:
    """Return letters that are the same in every run, with a digit among the first."""
    made = random.Random(f"seeded {name}")
    return made.choice(string.digits) + "".join(made.choices(letters, k=length - 1))


BEGINNINGS: list[str] = []


def _prefixed(prefix: str, length: int, letters: str = LETTERS) -> str:
    BEGINNINGS.append(prefix)
    return prefix + _body(prefix, length, letters)


def _jwt() -> str:
    head, claims = {"alg": "RS256", "typ": "JWT"}, {"sub": _body("jwt", 24), "exp": 4102444800}
    parts = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
        for p in (head, claims)
    ]
    return ".".join([*parts, _body("jwt signature", 43)])


SEEDS = {
    "anthropic": _prefixed("sk-ant-api03-", 95),
    "anthropic admin": _prefixed("sk-ant-admin01-", 95),
    "anthropic login": _prefixed("sk-ant-oat01-", 95),
    "anthropic renewal": _prefixed("sk-ant-ort01-", 95),
    "openai": _prefixed("sk-", 48),
    "openai project": _prefixed("sk-proj-", 120, LETTERS + "_-"),
    "openai service": _prefixed("sk-svcacct-", 120),
    "openai admin": _prefixed("sk-admin-", 100),
    "openrouter": _prefixed("sk-or-v1-", 64, string.hexdigits.lower()),
    "moonshot": _prefixed("sk-kimi-", 64),
    "minimax": _prefixed("sk-api-", 64),
    "minimax plan": _prefixed("sk-cp-", 64),
    "groq": _prefixed("gsk_", 52),
    "xai": _prefixed("xai-", 80),
    "google": _prefixed("AIza", 35, LETTERS + "_-"),
    "google new": _prefixed("AQ.", 50, LETTERS + "_-"),
    "google token": _prefixed("ya29.", 180, LETTERS + "_-"),
    "google client": _prefixed("GOCSPX-", 28, LETTERS + "_-"),
    "huggingface": _prefixed("hf_", 34),
    "perplexity": _prefixed("pplx-", 48),
    "nvidia": _prefixed("nvapi-", 64, LETTERS + "_-"),
    "fireworks": _prefixed("fw_", 24),
    "cerebras": _prefixed("csk-", 48),
    "together": _prefixed("tgp_v1_", 43, LETTERS + "_-"),
    "together old": _body("together", 64, string.hexdigits.lower()),
    "github": _prefixed("ghp_", 36),
    "github fine": _prefixed("github_pat_", 82, LETTERS + "_"),
    "github app": _prefixed("ghu_", 36),
    "aws id": _prefixed("AKIA", 16, string.ascii_uppercase + "234567"),
    "aws temporary id": _prefixed("ASIA", 16, string.ascii_uppercase + "234567"),
    "aws secret": _body("aws", 40, LETTERS + "/+"),
    "bedrock": _prefixed("ABSK", 130, LETTERS + "+/") + "=",
    "bedrock short": _prefixed("bedrock-api-key-", 200),
    "azure": _body("azure", 32, string.hexdigits.lower()),
    "azure foundry": _body("foundry", 52) + "JQQJ99" + _body("foundry end", 26),
    "cohere": _body("cohere", 40),
    "mistral": _body("mistral", 32),
    "deepinfra": _body("deepinfra", 32),
    "jwt": _jwt(),
    "odd": "p%ss/w+rd&<" + _body("odd", 20) + '"\\=?',
}
"""Name → key. The last holds every sign that a header may carry and a text may spell otherwise."""

PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    + "\n".join(_body(f"pem {n}", 64, LETTERS + "+/") for n in range(12))
    + "\n-----END PRIVATE KEY-----\n"
)
"""A service account's key: it signs on this machine, and is in no header."""


def windows(key: str) -> list[str]:
    """Return the pieces of a key of which none may be seen, in the spellings that there are."""
    starts = [start for start in BEGINNINGS if key.startswith(start)]
    body = key[len(max(starts, key=len, default="")) :]
    spelled = (body, quote(body, safe=""), json.dumps(body)[1:-1])
    return [
        text[at : at + WINDOW] for text in spelled for at in range(0, len(text) - WINDOW + 1, 4)
    ]


def seen(text: str | bytes, keys: dict[str, str] | None = None) -> set[str]:
    """Return the names of the keys of which a piece stands in the text."""
    told = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return {n for n, k in (keys or SEEDS).items() if any(piece in told for piece in windows(k))}


def spellings(key: str) -> dict[str, str]:
    """Return a key as different senders write it back."""
    return {
        "plain": key,
        "in JSON": json.dumps({"error": {"message": f"bad key {key}"}}),
        "in JSON in JSON": json.dumps(json.dumps({"key": key})),
        "header": f"Authorization: Bearer {key}",
        "header as a tuple": repr((b"authorization", f"Bearer {key}".encode())),
        "own header": f"x-api-key: {key}",
        "in an address": f"https://x.example/v1?key={quote(key, safe='')}&alt=sse",
        "encoded address": quote(f"https://x.example/v1?key={key}", safe=""),
        "basic": "Basic " + base64.b64encode(f"user:{key}".encode()).decode(),
        "base64": base64.b64encode(key.encode()).decode(),
        "cookie": f"Set-Cookie: session={key}; Path=/",
        "repr": repr({"key": key}),
        "broken": "  │ " + f"'{key[:20]}'\n  │ '{key[20:]}'",
    }
