"""The options of `%%chat` and `%chat`: one table for parser, help, completion and docs.

The parser takes any such table: `%provider account` has one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.magics.line_words import first_word, split
from nbprovider.session.tools import Approval
from nbprovider.spelling import did_you_mean
from nbprovider.types import Cache, Effort


def unfinished(text: str) -> bool:
    """Say whether more words belong to a value: it ends with a comma, or in open brackets."""
    opened = sum(map(text.count, "[{(")) - sum(map(text.count, "]})"))
    return opened > 0 or text.endswith((",", ":", "|"))


def _never(_: str) -> bool:
    return False


class Option(Struct, frozen=True):
    """One option: its spellings, the name of its value ("" for a switch), and what it does.

    `read` makes the value from its word; `choices` are all it may be, () for any. One that may be
    given more than once, `many`, has a list of values. While a value is `unfinished` the next word
    belongs to it.
    """

    spellings: tuple[str, ...]
    value: str
    help: str
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    many: bool = False
    unfinished: Callable[[str], bool] = _never

    @property
    def name(self) -> str:
        """The long spelling as an attribute's name."""
        return self.spellings[-1].lstrip("-").replace("-", "_")


OPTIONS: tuple[Option, ...] = (
    Option(("-m", "--model"), "MODEL", "the model, in any form that `%provider route` explains"),
    Option(("-p", "--provider"), "NAME", "the provider or account, with its default model"),
    Option(("-s", "--system"), "TEXT", "instructions for this chat, from now on"),
    Option(("-t", "--temperature"), "N", "how freely to choose words, 0 to 2", float),
    Option(("--top-p",), "N", "choose among words that make up this share, 0 to 1", float),
    Option(("--max-tokens",), "N", "the longest answer, in tokens", int),
    Option(("--stop",), "TEXT", "end the answer before this text; may be repeated", many=True),
    Option(("--seed",), "N", "the same number asks for the same answer", int),
    Option(("--effort",), "LEVEL", "how hard to think", str, get_args(Effort)),
    Option(("--cache",), "SPAN", "keep the prompt in the provider's cache", str, get_args(Cache)),
    Option(("-i", "--image"), "FILE", "a picture: path, address, variable; repeatable", many=True),
    Option(("-a", "--attach"), "FILE", "any file, `*` for several; repeatable", many=True),
    Option(("--context",), "WHERE", "send earlier cells along: above:3, above, run:3"),
    Option(("--rows",), "N", "rows of each table that the question tells", int),
    Option(
        ("--schema",),
        "SHAPE",
        "what the answer must be: a class, list[City], name:str, age:int",
        unfinished=unfinished,
    ),
    Option(("--tools",), "NAMES", "functions that the model may use: variables, by commas"),
    Option(("--tool-choice",), "NAME", "auto, none, required, or the tool to ask for"),
    Option(("--approve",), "WHEN", "whether tools run", str, get_args(Approval)),
    Option(("--max-steps",), "N", "calls that the question may take with its tools", int),
    Option(("--whole",), "", "have the answer in one piece, not streamed"),
    Option(
        ("-x", "--extra"), "A.B=VALUE", "a field of the provider's own; may be repeated", many=True
    ),
    Option(("--template",), "NAME", "ask by a template; what the line says comes first"),
    Option(("--with",), "NAME=VALUE", "a value for {{ NAME }}; may be repeated", many=True),
    Option(("--models",), "A,B,C", "models that `%provider next` goes through; A answers now"),
    Option(("--max-cost",), "USD", "end the answer when it has cost so much", float),
    Option(("--over-budget",), "", "pass a budget on purpose; the call is marked"),
    Option(("--dry-run",), "", "show what would be asked of whom, and its cost; send nothing"),
    Option(("--show-prompt",), "", "show all that would be sent, and its cost; send nothing"),
    Option(("--no-fallback",), "", "ask nobody else when the model does not answer"),
    Option(("-c", "--chat"), "NAME", "the conversation to go on with (default: main)"),
    Option(("--keep",), "", "have this chat go on with the line's options and tools"),
    Option(("--new",), "", "begin this chat anew"),
    Option(("--window",), "SIZE", "what of the conversation is sent: auto, all, summary, 6, 8k"),
    Option(("--undo",), "", "take the last question and its answer off; ask this one instead"),
    Option(("--redo",), "", "ask the last question again, in place of its answer"),
    Option(("-o", "--out"), "NAME", "bind the answer to this variable"),
    Option(("--compare",), "A,B,C", "ask all of these at once, side by side; -o binds a DataFrame"),
    Option(("--bg",), "", "answer in the background, while other cells run; needs -o"),
    Option(
        ("-f", "--format"),
        "FORM",
        "the form of the answer",
        str,
        ("markdown", "text", "code", "json", "html", "math", "image"),
    ),
    Option(("--raw",), "", "send all braces as they stand"),
    Option(("--debug",), "", "show every detail of the call, without secrets"),
)


class Line(Struct):
    """A parsed line: the options given, and the words beside them.

    `parameters` are names for `{{ }}` besides the notebook's.
    """

    given: dict[str, Any]
    words: list[str]
    parameters: dict[str, str] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return an option's value, or the default when it was not given."""
        return self.given.get(name, default)


def parse(line: str) -> Line:
    """Return a `%%chat` line parsed: options in any order, other words kept.

    Raises UsageError, with the nearest right spelling, for what is no option.
    """
    return parse_words(split(line), OPTIONS)


def parse_words(words: Iterable[str], options: tuple[Option, ...]) -> Line:
    """Return the words of a line parsed by a table of options, as `parse` does."""
    parsed = Line({}, [])
    left = list(words)
    while left:
        word = left.pop(0)
        if not _is_option(word):
            parsed.words.append(word)
        else:
            _take(word, left, parsed.given, options)
    return parsed


def parse_leading(line: str, options: tuple[Option, ...] = OPTIONS) -> tuple[Line, str]:
    """Return the options that a `%chat` line begins with, and the question after them."""
    parsed = Line({}, [])
    rest = line.strip()
    while rest.startswith("-"):
        word, after = first_word(rest)
        following: list[str] = []
        if not _is_option(word):
            break
        option, given = _find(word, options)
        if option.value:
            following, after = _values(option, given, after)
        _take(word, following, parsed.given, options)
        rest = after
    return parsed, rest


def _values(option: Option, given: str | None, rest: str) -> tuple[list[str], str]:
    """Return the words behind an option that belong to its value, and what follows them."""
    words: list[str] = []
    if given is None:
        word, rest = first_word(rest)
        words = [word] if word else []
    told = " ".join([given or "", *words]).strip()
    while told and rest and option.unfinished(told):
        word, rest = first_word(rest)
        words.append(word)
        told = f"{told} {word}"
    return words, rest


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-" and not _is_number(word)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _find(word: str, options: tuple[Option, ...]) -> tuple[Option, str | None]:
    """Return the option a word names, and the value behind its equals sign."""
    spelling, equals, value = word.partition("=")
    known = {spelled: option for option in options for spelled in option.spellings}
    option = known.get(spelling)
    if option is None:
        hint = did_you_mean(spelling, known) or _all(options)
        raise UsageError(f"There is no option {spelling}.", hint=hint)
    return option, value if equals else None


def _all(options: tuple[Option, ...]) -> str:
    if options is OPTIONS:
        return "%%chat? shows all options."
    return f"There are: {', '.join(option.spellings[-1] for option in options)}."


def _take(
    word: str, following: list[str], given: dict[str, Any], options: tuple[Option, ...]
) -> None:
    option, value = _find(word, options)
    if not option.value:
        if value is not None:
            raise UsageError(
                f"{word.partition('=')[0]} takes no value.",
                hint="Write it without the equals sign.",
            )
        given[option.name] = True
        return
    if value is None:
        if not following:
            raise UsageError(
                f"{option.spellings[-1]} needs a value: {option.value}.",
                hint=f"It is for this: {option.help}.",
            )
        value = following.pop(0)
    while following and option.unfinished(value):
        value = f"{value} {following.pop(0)}"
    meant = read(option, value)
    given[option.name] = [*given.get(option.name, []), meant] if option.many else meant


def read(option: Option, value: str) -> Any:
    """Return the value that a word means for an option; raises UsageError for none."""
    if option.choices and value not in option.choices:
        meant = did_you_mean(value, option.choices)
        raise UsageError(
            f"{option.spellings[-1]} cannot be {value!r}.",
            hint=f"It is one of {', '.join(option.choices)}. {meant}".rstrip(),
        )
    try:
        return option.read(value)
    except ValueError:
        raise UsageError(
            f"{option.spellings[-1]} needs a number, not {value!r}.",
            hint=f"It is for this: {option.help}.",
        ) from None


def described() -> str:
    """Return the options as the help text lists them."""
    return "\n".join(_described(option) for option in OPTIONS)


def _described(option: Option) -> str:
    spelled = ", ".join(option.spellings) + (f" {option.value}" if option.value else "")
    choices = f": {', '.join(option.choices)}" if option.choices else ""
    return f"  {spelled:<24}{option.help}{choices}"
