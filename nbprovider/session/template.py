"""One template: a question with places for values, and how it is to be asked."""

from __future__ import annotations

import ast
import builtins
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.errors import ConfigError, UsageError
from nbprovider.session.interpolate import expressions, interpolate
from nbprovider.tomltext import written

FENCE = "+++"
"""The line before and after what a file says of its template, in TOML."""

CELL = "cell"
"""The parameter that stands for the words of the cell."""

DESCRIPTION, DEFAULTS = "description", "with"


class Template(Struct, frozen=True):
    """A question with `{{ }}` in it.

    - `text`: its words; `description`: what it is for
    - `options`: how it is asked: the options of `%%chat` by their long names
    - `defaults`: values of parameters that nobody gives
    """

    name: str
    text: str
    description: str = ""
    options: dict[str, Any] = {}
    defaults: dict[str, str] = {}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that its expressions need, in their order."""
        found = (name for _, _, source in expressions(self.text) for name in _names(source))
        return tuple(dict.fromkeys(found))

    def lacking(self, names: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the parameters that have no value, neither here nor in these names."""
        known = {*names, *self.defaults, *vars(builtins)}
        return tuple(name for name in self.parameters if name not in known)

    def around(self, words: str) -> str:
        """Return the text with a cell's words where it wants them, else below it."""
        pieces: list[str] = []
        rest = 0
        for start, end, source in expressions(self.text):
            if source == CELL:
                pieces += [self.text[rest:start], words]
                rest = end
        if not rest:
            return f"{self.text}\n\n{words}".strip()
        return "".join([*pieces, self.text[rest:]])

    def fill(self, **values: object) -> str:
        """Return the question with these values in it.

        Raises UsageError for a parameter without a value, and for an expression that fails.
        """
        self.check(values)
        return interpolate(self.text, {**self.defaults, **values})

    def check(self, names: Mapping[str, Any]) -> None:
        """Raise UsageError where a parameter has no value."""
        lacking = self.lacking(names)
        if lacking == (CELL,):
            raise UsageError(
                f"The template {self.name} is made around the words of a cell.",
                hint="Write them below the line.",
            )
        if lacking:
            raise UsageError(
                f"The template {self.name} needs {', '.join(lacking)}.",
                hint=f"Give it on the line: --with {lacking[0]}=…, or as a variable.",
            )

    def file(self) -> str:
        """Return the template as its file has it."""
        table: dict[str, Any] = {DESCRIPTION: self.description} if self.description else {}
        table |= self.options
        if self.defaults:
            table[DEFAULTS] = self.defaults
        head = f"{FENCE}\n{written(table)}{FENCE}\n" if table else ""
        return f"{head}{self.text}\n"

    def __repr__(self) -> str:
        return redact(self.file()).rstrip()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the file in any front end."""
        plain = repr(self)
        return {"text/plain": plain, "text/markdown": f"````text\n{plain}\n````"}


def parsed(name: str, text: str, where: str) -> Template:
    """Return the template that a file holds; `where` is how errors call it.

    Raises ConfigError for a head that makes no sense.
    """
    head, body = _parted(text, where)
    try:
        table = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{where}: what stands between the lines {FENCE} is not valid TOML: {error}.",
            hint='As: model = "claude-opus-5-5".',
        ) from None
    description, defaults = table.pop(DESCRIPTION, ""), table.pop(DEFAULTS, {})
    if not isinstance(description, str) or not isinstance(defaults, dict):
        raise ConfigError(
            f"{where}: {DESCRIPTION} must be text, and {DEFAULTS} a table.",
            hint=f'As: {DEFAULTS} = {{ tone = "plain" }}.',
        )
    if not body.strip():
        raise ConfigError(f"{where} holds no words.", hint="Write the question into it.")
    values = {key: str(value) for key, value in defaults.items()}
    return Template(name, body.strip("\n"), description, table, values)


def _parted(text: str, where: str) -> tuple[str, str]:
    """Return head and words; a file without a head is all words."""
    text = text.lstrip("\ufeff\n")
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        return "", text
    for at, line in enumerate(lines[1:], 1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:at]), "\n".join(lines[at + 1 :])
    raise ConfigError(f"{where}: the second line {FENCE} is missing.", hint="Write it.")


def _names(source: str) -> Iterator[str]:
    """Yield the names that an expression needs from outside."""
    nodes = list(ast.walk(ast.parse(source, mode="eval")))
    made = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in made and not hasattr(builtins, node.id):
            yield node.id
