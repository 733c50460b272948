"""Take keys out of text: those that we know, and whatever is shaped like one."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from nbprovider.concealed import conceal_by
from nbprovider.credentials.looks import DISTINCT, PLACED, PREFIXES, Shape
from nbprovider.credentials.secret import known_values

MARK = "…[redacted]"

# A shorter value is a stand-in such as "none" or "ollama", and a word of ordinary text.
SHORTEST = 8

PIECE = 10
"""Characters of a known secret that are not shown even where the rest of it is cut off."""

_MARGIN = " \t\r\"'│|\\"
"""What stands at the ends of a line when a long word is broken: quotes, a frame."""


def redact(text: str) -> str:
    """Return the text with every known secret and key-shaped word replaced by a mark.

    A mark shows the public beginning of a key, such as `sk-`, and nothing else of it. A known
    secret is found in all its usual spellings, and broken over lines too.
    """
    text = without_known(text)
    for shape in likely(text, (*DISTINCT, *PLACED)):
        text = shape.pattern.sub(rf"\1{MARK}", text)
    return text


def without_known(text: str) -> str:
    """Return the text with the secrets that we know replaced, and words only shaped like one kept.

    For what a model says: an example of a key is part of its answer.
    """
    if len(text) < SHORTEST:
        return text
    values = _known()
    for value in values:
        start = _beginning(value)
        for form in _forms(value):
            text = text.replace(form, start + MARK)
        text = _without_pieces(text, value, start)
    if values and ("\n" in text or "\\n" in text):
        text = _without_broken(text, values)
    return text


def holds_key(text: str) -> bool:
    """Say whether a known secret, or what can be nothing but a key, stands in the text."""
    return without_known(text) != text or any(
        shape.pattern.search(text) for shape in likely(text, DISTINCT)
    )


def known_places(text: str) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each secret that we know, in any of its spellings."""
    for form in (form for value in _known() for form in _forms(value)):
        start = text.find(form)
        while start >= 0:
            yield start, start + len(form)
            start = text.find(form, start + len(form))


def likely(text: str, shapes: tuple[Shape, ...]) -> Iterator[Shape]:
    """Yield those of the shapes that the text may hold."""
    lower = text.lower()
    return (shape for shape in shapes if any(hint in lower for hint in shape.hints))


def _known() -> list[str]:
    """Return the secrets that we know, the longest first; of one that is JSON, what it holds."""
    values = [part for value in known_values() for part in _parts(value)]
    return sorted((v for v in values if len(v) >= SHORTEST), key=len, reverse=True)


def _parts(value: str) -> list[str]:
    if not value.startswith("{"):
        return [value]
    try:
        fields = json.loads(value)
    except ValueError:
        return [value]
    named = ((name, held) for name, held in fields.items() if isinstance(held, str))
    return [held for name, held in named if name.endswith(("token", "key", "secret"))]


def _beginning(value: str) -> str:
    if not value.startswith(PREFIXES):
        return ""
    return next(prefix for prefix in PREFIXES if value.startswith(prefix))


def _forms(value: str) -> Iterator[str]:
    """Yield the spellings of a secret, the plain one first."""
    data = value.encode(errors="surrogateescape")
    yield value
    once = json.dumps(value)[1:-1]
    spelled = {repr(value)[1:-1], once, json.dumps(once)[1:-1], html.escape(value)}
    spelled |= {quote(data, safe=""), quote(data), quote_plus(data), data.hex(), data.hex().upper()}
    for form in (*spelled, *_base64(data)):
        if form != value and len(form) >= SHORTEST:
            yield form


def _base64(data: bytes) -> Iterator[str]:
    """Yield what base64 makes of the secret wherever it begins: in `user:key` as well."""
    for before in range(3):
        padded = bytes(before) + data
        begin, end = (0, 2, 3)[before], (None, -3, -2)[len(padded) % 3]
        yield b64encode(padded).decode()[begin:end]
        yield urlsafe_b64encode(padded).decode()[begin:end]


def _without_pieces(text: str, value: str, start: str) -> str:
    """Replace a secret of which somebody cut off the end, or the beginning, to make it shorter."""
    if len(value) - len(start) < 2 * PIECE or value.startswith("eyJ"):  # all tokens begin alike
        return text
    first, last, at = value[: len(start) + PIECE], value[-PIECE:], 0
    while (at := text.find(first, at)) >= 0:
        length = _alike(text[at : at + len(value)], value)
        text = text[:at] + start + MARK + text[at + length :]
        at += len(start + MARK)
    end = 0
    while (at := text.find(last, end)) >= 0:
        before = text[end : at + PIECE][-len(value) :][::-1]
        kept = text[: at + PIECE - _alike(before, value[::-1])] + MARK
        text, end = kept + text[at + PIECE :], len(kept)
    return text


def _alike(one: str, other: str) -> int:
    """Return how many letters two texts have in common at their beginnings."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _without_broken(text: str, values: list[str]) -> str:
    """Replace the secrets that a line's end, or its written form, divides."""
    lines = text.replace("\\n", "\n").split("\n")
    joined = "".join(line.strip(_MARGIN) for line in lines)
    for value in values:
        if value in joined:
            text = _across_lines(value).sub(_beginning(value) + MARK, text)
    return text


def _across_lines(value: str) -> re.Pattern[str]:
    margin = rf"[{re.escape(_MARGIN)}]{{0,200}}"
    between = rf"(?:{margin}(?:\n|\\n){margin})*"
    return re.compile(between.join(map(re.escape, value)))


conceal_by(redact)
