"""`--template` and `%provider template`: questions that are kept, with places for values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbprovider.errors import ConfigError, UsageError
from nbprovider.magics import subwords
from nbprovider.magics.options import OPTIONS, Line, Option, parse, parse_leading, read
from nbprovider.magics.remembered import names
from nbprovider.magics.subwords import Subword
from nbprovider.session.interpolate import interpolate
from nbprovider.session.template import CELL, Template
from nbprovider.session.templates import templates
from nbprovider.spelling import did_you_mean
from nbprovider.view import Note, Table

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

KEPT = (
    *("model", "provider", "system", "temperature", "top_p", "max_tokens", "stop", "seed"),
    *("effort", "cache", "schema", "tools", "tool_choice", "extra", "format", "max_cost"),
)
"""Options of a question that `save` keeps with it: how it is asked, not where its answer goes."""

_NOT = frozenset({"template", "with", "undo", "redo"})
"""Options that a template cannot have."""

REPLACE = Option(("--replace",), "", "in place of the one of this name")


def applied(shell: InteractiveShell, line: Line, cell: str) -> tuple[Line, str]:
    """Return a line and its cell as the line's template has them; what the line says comes first.

    Raises UsageError for a template that there is not, and for a parameter without a value.
    """
    given = dict(map(_pair, line.get("with", [])))
    if line.get("template") is None or line.get("redo"):
        return Line(line.given, line.words, given), cell
    template = templates.show(line.get("template"))
    known = {**names(shell), **given, **({CELL: cell.strip("\n")} if cell.strip() else {})}
    template.check(known)
    defaults = {n: value for n, value in template.defaults.items() if n not in known}
    own = _options(template)
    if line.words or line.get("model") or line.get("provider"):
        own = {name: value for name, value in own.items() if name not in ("model", "provider")}
    whole = Line({**own, **line.given}, line.words, {**defaults, **given})
    if whole.get("raw"):
        return whole, interpolate(template.text, {**defaults, **known})
    return whole, template.around(cell.strip("\n"))


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--with needs NAME=VALUE, not {word!r}.", hint="As: --with tone=plain")
    return name, value


def _options(template: Template) -> dict[str, Any]:
    """Return a template's options as a line has them; raises ConfigError for what is none."""
    known = {option.name: option for option in OPTIONS if option.name not in _NOT}
    return dict(_each(template, known))


def _each(template: Template, known: Mapping[str, Option]) -> Iterator[tuple[str, Any]]:
    path = templates.path(template.name)
    for spelled, value in template.options.items():
        option = known.get(spelled.replace("-", "_"))
        if option is None:
            hint = did_you_mean(spelled, known) or "`%%chat?` shows all options."
            raise ConfigError(f"{path}: there is no option {spelled!r}.", hint=hint)
        try:
            yield option.name, _value(option, value)
        except UsageError as error:
            raise ConfigError(f"{path}: {error.message}", hint=error.hint) from None


def _value(option: Option, value: Any) -> Any:
    if not option.value or isinstance(value, bool):
        if option.value or not isinstance(value, bool):
            kind = f"a value: {option.value}" if option.value else "true or false"
            raise UsageError(f"{option.name} needs {kind}.", hint=f"It is for this: {option.help}.")
        return value
    if option.many:
        return [read(option, str(one)) for one in (value if isinstance(value, list) else [value])]
    return read(option, str(value))


def parameters(before: Sequence[str]) -> list[str]:
    """Return what may follow `--with` on a line that names its template before."""
    at = next((n for n, word in enumerate(before[:-1]) if word == "--template"), None)
    if at is None or not templates.path(before[at + 1]).exists():
        return []
    found = templates.show(before[at + 1])
    return [f"{name}=" for name in (*found.lacking({CELL: ""}), *found.defaults)]


def run(name: str = "list", *rest: str) -> Any:
    """Run a word of `%provider template`, return what the cell shows."""
    return subwords.run("template", WORDS, name, rest)


def _listed(_: Line) -> Table:
    return templates.table()


def _shown(line: Line) -> Template:
    return templates.show(line.words[0])


def _saved(line: Line) -> Note:
    """Keep the last question of this notebook, with how it was asked."""
    (name,) = line.words
    if templates.path(name).exists() and not line.get("replace"):
        raise UsageError(
            f"There is a template {name} already.",
            hint="Take another name, or add --replace.",
        )
    asked, text = _last_asked()
    options = {key: asked.given[key] for key in KEPT if key in asked.given}
    if asked.words:
        options["model"] = asked.words[0]
    options = {key: list(v) if isinstance(v, tuple) else v for key, v in options.items()}
    saved = templates.save(name, Template(name, text, options=options).file())
    needs = ", ".join(saved.lacking({}))
    told = f" It needs {needs}: variables, or --with {saved.parameters[0]}=…" if needs else ""
    return Note(f"`%%chat --template {name}` asks it again.{told}")


def _edited(line: Line) -> Note:
    """Put a cell below that saves the template, for the user to change."""
    (name,) = line.words
    path = templates.path(name)
    text = templates.show(name).file() if path.exists() else NEW
    quoted = f"r'''\n{text}'''" if "'''" not in text and not text.endswith("'") else repr(text)
    _shell().set_next_input(f"import nbprovider\n\nnbprovider.templates.save({name!r}, {quoted})")
    return Note(f"The cell below has the template: change it, run it. Its file is {path}.")


def _deleted(line: Line) -> Note:
    (name,) = line.words
    templates.delete(name)
    return Note(f"The template {name} is gone.")


NEW = """\
+++
description = ""
model = ""
with = { tone = "plain" }
+++
Explain in {{ tone }} words:

{{ cell }}
"""
"""What a new template begins with."""


def _last_asked() -> tuple[Line, str]:
    """Return line and words of the last question that was typed here."""
    for source in reversed(_shell().history_manager.input_hist_raw):
        first, _, below = source.strip().partition("\n")
        if first.startswith("%%chat") and below.strip():
            return parse(first.removeprefix("%%chat")), below.strip("\n")
        if first.startswith("%chat "):
            line, words = parse_leading(first.removeprefix("%chat "))
            if words:
                return line, words
    raise UsageError("Nothing was asked in this notebook yet.", hint="Ask with %%chat, then save.")


def _shell() -> Any:
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise UsageError(
            "There is no notebook here.", hint="In Python: `nbprovider.templates.save(name, text)`."
        )
    return shell


WORDS: dict[str, Subword] = {
    "list": Subword(_listed, "", "the templates that there are"),
    "show": Subword(_shown, "NAME", "one of them, as its file has it", at_least=1, at_most=1),
    "save": Subword(
        _saved, "NAME [--replace]", "the last question, with its options", (REPLACE,), 1, 1
    ),
    "edit": Subword(_edited, "NAME", "put it into a cell below, to change", at_least=1, at_most=1),
    "delete": Subword(_deleted, "NAME", "delete its file", at_least=1, at_most=1),
}
"""The words in the order of the help."""
