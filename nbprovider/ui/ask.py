"""Ask in a terminal what a form asks: line by line, then what is to be done."""

from __future__ import annotations

import getpass
import threading
import warnings
from collections.abc import Callable, Iterator

from nbprovider.credentials import Secret, redact
from nbprovider.errors import UsageError
from nbprovider.ui.forms import (
    Bar,
    Button,
    Buttons,
    Choice,
    Fold,
    Form,
    Hidden,
    Link,
    Option,
    Page,
    Part,
    Plot,
    Rows,
    Text,
    Tick,
    Words,
)
from nbprovider.view import Table

Field = Text | Hidden | Choice | Tick
QUIT = "q"
MANY = 12
"""Options that are listed at once; more are searched by a word."""

WIDTH = 20
"""Characters of the highest bar of a plot."""

SIGNS = {"good": "✓ ", "warning": "! ", "bad": "✕ "}


class Asking:
    """Put a form's questions one after another, then ask what to do, until somebody has enough.

    `read` and `read_unseen` take a line at the keyboard, `write` shows one.
    """

    def __init__(
        self,
        form: Form,
        read: Callable[[str], str] = input,
        read_unseen: Callable[[str], str] = getpass.getpass,
        write: Callable[[str], None] = print,
    ) -> None:
        self._form = form
        self._read = read
        self._unseen = read_unseen
        self._write = write
        self._changed = threading.Event()
        self._shown = ""
        form.listen(self._changed.set)

    def run(self) -> None:
        """Ask until the form is closed, or somebody quits; then close it.

        Raises UsageError where nobody can be asked, also where what is typed would be shown.
        """
        try:
            self._write(redact(self._form.page().title))
            self._tell()
            self._put_questions()
            while not self._form.closed and self._do_one():
                self._settle()
        except (EOFError, OSError, NotImplementedError, getpass.GetPassWarning):
            raise UsageError(
                "Nobody can be asked here.", hint="Run this where something can be typed."
            ) from None
        finally:
            self._form.close()

    def _put_questions(self) -> None:
        """Ask each field once; what is asked may depend on what was said."""
        asked: set[str] = set()
        while field := next(_fields(self._form.page().parts, asked), None):
            asked.add(field.name)
            self._put(field)
            self._tell()

    def _put(self, field: Field) -> None:
        if field.note:
            self._write(redact(f"  {field.note}"))
        if isinstance(field, Hidden):
            with warnings.catch_warnings():
                warnings.simplefilter("error", getpass.GetPassWarning)  # it would show the key
                secret = Secret(self._unseen(f"{field.label} (unseen): "))
            if secret:
                self._form.set(field.name, secret)
        elif isinstance(field, Text):
            shown = field.value or field.placeholder
            said = self._read(f"{field.label}{f' [{shown}]' if shown else ''}: ").strip()
            if said:
                self._form.set(field.name, said)
        elif isinstance(field, Tick):
            said = self._read(f"{field.label} (y/n) [{'y' if field.value else 'n'}]: ").strip()
            if said:
                self._form.set(field.name, said.lower().startswith("y"))
        else:
            self._choose(field)

    def _choose(self, field: Choice) -> None:
        while True:
            if len(field.options) <= MANY:
                self._list(field.options)
            now = next((o.label for o in field.options if o.value == field.value), "")
            said = self._read(f"{field.label}, a number or a word{f' [{now}]' if now else ''}: ")
            if not said.strip():
                return
            found = _meant(said.strip(), field.options)
            if len(found) == 1:
                self._form.set(field.name, found[0].value)
                return
            self._list(found[:MANY]) if found else self._write("  None is called so.")
            field = Choice(field.name, field.label, field.value, found or field.options)

    def _list(self, options: tuple[Option, ...]) -> None:
        for number, option in enumerate(options, 1):
            self._write(redact(f"  {number:>2}  {option.label}"))

    def _do_one(self) -> bool:
        """Ask what is to be done, and do it; False when somebody has enough."""
        page = self._form.page()
        doable = [*_doable(page)]
        names = [f"{button.label}{f' {row}' if row else ''}" for button, row in doable]
        changes = list(_fields(page.parts, set(), folded=True))
        names += [f"change: {field.label}" for field in changes]
        self._list(tuple(Option(str(n), label) for n, label in enumerate(names)))
        said = self._read(f"What now? A number, or {QUIT} to end: ").strip().lower()
        if said in ("", QUIT):
            return False
        number = int(said) - 1 if said.isdecimal() else -1
        if 0 <= number < len(doable):
            button, row = doable[number]
            self._form.act(button.name, row)
        elif 0 <= number - len(doable) < len(changes):
            self._put(changes[number - len(doable)])
        return True

    def _settle(self) -> None:
        """Wait for what was begun, telling how it goes."""
        self._tell()
        while not self._form.closed and self._form.busy():
            self._changed.wait(0.2)
            self._changed.clear()
            self._tell()

    def _tell(self) -> None:
        """Show what the page says, unless it is what it said before."""
        if self._form.closed:
            return
        told = "\n".join(_told(self._form.page().parts))
        if told and told != self._shown:
            self._shown = told
            self._write(redact(told))


def _fields(parts: tuple[Part, ...], without: set[str], *, folded: bool = False) -> Iterator[Field]:
    for part in parts:
        if isinstance(part, Fold) and folded:
            yield from _fields(part.parts, without, folded=True)
        elif isinstance(part, Field) and part.enabled and part.name not in without:
            yield part


def _doable(page: Page) -> Iterator[tuple[Button, str]]:
    """Yield the buttons that can be pressed, with the row that they are about."""
    for part in page.parts:
        if isinstance(part, Buttons):
            yield from ((button, "") for button in part.buttons if button.enabled)
        elif isinstance(part, Rows):
            yield from ((b, row.key) for row in part.rows for b in row.buttons if b.enabled)


def _told(parts: tuple[Part, ...]) -> Iterator[str]:
    """Yield what a page says besides its questions."""
    for part in parts:
        if isinstance(part, Words) and part.text:
            yield f"{SIGNS.get(part.tone, '')}{part.text}"
        elif isinstance(part, Link):
            yield f"{part.label}: {part.url} {part.note}".rstrip()
        elif isinstance(part, Bar) and part.share is not None:
            yield f"{part.label}: {part.share:.0%} {part.words}".rstrip()
        elif isinstance(part, Plot):
            points = tuple((p.label, p.words, "█" * round(WIDTH * p.share)) for p in part.points)
            yield Table((part.label, "", ""), points).plain()
        elif isinstance(part, Rows):
            cells = tuple(row.cells for row in part.rows)
            yield Table(part.columns, cells).plain() if cells else part.empty


def _meant(said: str, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Return the options that a number or a word means; a value as it stands means one."""
    if said.isdecimal() and 1 <= int(said) <= len(options) <= MANY:
        return (options[int(said) - 1],)
    word = said.casefold()
    exact = tuple(o for o in options if word in (o.value.casefold(), o.label.casefold()))
    return exact or tuple(o for o in options if word in f"{o.value} {o.label}".casefold())
