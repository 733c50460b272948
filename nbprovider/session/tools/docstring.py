"""What a docstring tells a model: what the function does, and what each parameter is.

Google's, NumPy's and Sphinx's styles are read, as `inspect.cleandoc` leaves them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from msgspec import Struct, field

_PARAMETERS = ("args", "arguments", "parameters", "params", "keyword args", "other parameters")
_RETURNS = ("returns", "return", "yields", "yield")
_OTHERS = ("raises", "raise", "examples", "example", "note", "notes", "see also", "references")
_SECTIONS = (*_PARAMETERS, *_RETURNS, *_OTHERS, "warnings", "warning", "todo", "attributes")

_SPHINX = re.compile(
    r"""^:(?P<kind>\w+)(?:[ \t]+(?P<name>[^:\n]*))?:[ \t]*
        (?P<words>.*(?:\n(?:[ \t]+\S.*|[ \t]*(?=\n[ \t]+\S)))*)""",
    re.MULTILINE | re.VERBOSE,
)
_GOOGLE_ITEM = re.compile(r"^\*{0,2}(\w+)[ \t]*(?:\([^)]*(?:\([^)]*\)[^)]*)*\))?[ \t]*:[ \t]*(.*)$")
_NUMPY_ITEM = re.compile(r"^\*{0,2}(\w+(?:[ \t]*,[ \t]*\*{0,2}\w+)*)[ \t]*(?::.*)?$")


class Told(Struct, frozen=True):
    """What a docstring says: of the function, of each parameter, of what it gives back."""

    text: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    returns: str = ""

    @property
    def description(self) -> str:
        """What a model is told of the function."""
        returns = f"Returns: {self.returns}" if self.returns else ""
        return "\n\n".join(filter(None, [self.text, returns]))


def told(docstring: str | None) -> Told:
    """Return what a docstring says; one of no known style is a description as it stands."""
    clean = inspect.cleandoc(docstring or "")
    if _SPHINX.search(clean):
        return _sphinx(clean)
    blocks = list(_blocks(clean.splitlines()))
    text = "\n".join(blocks[0][1]).strip()
    found: dict[str, str] = {}
    returns = ""
    for title, lines, underlined in blocks[1:]:
        if title in _PARAMETERS:
            found |= _numpy(lines) if underlined else _google(lines)
        elif title in _RETURNS:
            returns = _returned(lines, underlined)
    return Told(text, found, returns)


def _blocks(lines: list[str]) -> Iterator[tuple[str, list[str], bool]]:
    """Yield each section's title, its lines, whether the title is underlined; "" comes first."""
    gathered: list[str] = []
    title, underlined = "", False
    rest = iter(enumerate(lines))
    for at, line in rest:
        name = line.strip().rstrip(":").lower()
        below = lines[at + 1].strip() if at + 1 < len(lines) else ""
        ruled = len(below) > 2 and not below.strip("-=")  # noqa: PLR2004 - a rule, not a dash
        starts = name in _SECTIONS and not line[:1].isspace()
        if starts and (ruled or line.rstrip().endswith(":")):
            yield title, gathered, underlined
            title, gathered, underlined = name, [], ruled
            if ruled:
                next(rest)
        else:
            gathered.append(line)
    yield title, gathered, underlined


def _google(lines: list[str]) -> dict[str, str]:
    """Return what `name (type): words`, indented, says; deeper lines go on with it."""
    clean = inspect.cleandoc("\n" + "\n".join(lines)).splitlines()
    found: dict[str, str] = {}
    name = ""
    for line in clean:
        item = None if line[:1].isspace() else _GOOGLE_ITEM.match(line)
        if item:
            name = item[1]
            found[name] = item[2].strip()
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _numpy(lines: list[str]) -> dict[str, str]:
    """Return what `name : type`, with words indented below it, says."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        item = None if line[:1].isspace() else _NUMPY_ITEM.match(line)
        if item:
            names = [name.strip().lstrip("*") for name in item[1].split(",")]
            found |= dict.fromkeys(names, "")
        elif line.strip():
            found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
    return found


def _returned(lines: list[str], underlined: bool) -> str:  # noqa: FBT001 - a fact of the section
    """Return the words on what is given back; NumPy's style has its type on a line of its own."""
    words = [line for line in lines if line.strip()]
    if underlined and any(line[:1].isspace() for line in words):
        words = [line for line in words if line[:1].isspace()]
    return " ".join(line.strip() for line in words)


def _sphinx(clean: str) -> Told:
    first = _SPHINX.search(clean)
    text = clean[: first.start()].strip() if first else clean
    found: dict[str, str] = {}
    returns = ""
    for kind, name, words in _SPHINX.findall(clean):
        said = " ".join(words.split())
        if kind in {"param", "parameter", "arg", "argument", "key", "keyword"} and name:
            found[name.split()[-1].lstrip("*")] = said
        elif kind in {"return", "returns"}:
            returns = said
    return Told(text, found, returns)
