"""The words of a line, as a shell has them; an expression in double braces is one word."""

from __future__ import annotations

import io
import re
import shlex

from nbprovider.errors import UsageError

_HELD = "\ufdd0"
"""A letter of no script: it stands for an expression while a shell's rules cut the line."""


def split(line: str) -> list[str]:
    """Return the words of a line, quotes taken off.

    Raises UsageError for a quote that is not closed.
    """
    try:
        return _whole(line)
    except ValueError as error:
        raise _unreadable(error) from None


def first_word(text: str) -> tuple[str, str]:
    """Return the first word with its quotes taken off, and what follows it."""
    if end := _braced(text):
        return text[:end], text[end:].strip()
    stream = io.StringIO(text)
    lexer = shlex.shlex(stream, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        word = lexer.get_token() or ""
    except ValueError as error:
        raise _unreadable(error) from None
    return word, text[stream.tell() :].strip()


def _unreadable(error: ValueError) -> UsageError:
    return UsageError(
        f"The line cannot be read: {error}.", hint="Close the quote, or escape it with \\."
    )


def _whole(line: str) -> list[str]:
    """Return the words of a line; quotes and spaces in double braces are Python's."""
    if "{{" not in line:
        return shlex.split(line)
    from nbprovider.session.interpolate import expressions

    spans = [(start, end) for start, end, _ in expressions(line)]
    held = [line[start:end] for start, end in spans]
    for start, end in reversed(spans):
        line = f"{line[:start]}{_HELD}{line[end:]}"
    left = iter(held)
    return [re.sub(_HELD, lambda _: next(left), word) for word in shlex.split(line)]


def _braced(text: str) -> int:
    """Return where the expression in double braces ends that a text begins with, 0 for none."""
    if not text.startswith("{{"):
        return 0
    from nbprovider.session.interpolate import expressions

    start, end, _ = next(expressions(text), (-1, 0, ""))
    return end if start == 0 else 0
