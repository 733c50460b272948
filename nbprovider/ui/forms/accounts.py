"""All accounts in a table: try, change, prefer, remove, bring back."""

from __future__ import annotations

import asyncio
from typing import Any

from nbprovider import credentials
from nbprovider.session import current, kept
from nbprovider.session.accounts import accounts
from nbprovider.session.entry import Entry
from nbprovider.session.overview import Line, State, overview
from nbprovider.session.trial import Trial, trial_of
from nbprovider.ui.forms.credentials import Credentials
from nbprovider.ui.forms.form import CLOSE, Form
from nbprovider.ui.forms.parts import Button, Buttons, Fold, Page, Part, Row, Rows, Tone, Words

TONES: dict[State, Tone] = {
    "well": "good",
    "new": "plain",
    "shaky": "warning",
    "resting": "warning",
    "locked": "bad",
    "unusable": "bad",
}
COLUMNS = ("account", "health", "key from", "used")
WIDTHS = (1.5, 1.5, 1.3, 1.1)


class AccountsTable(Form):
    """What there is, and a form for one account below it while that is changed or entered."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Line, ...] | None = None
        self._removed: tuple[Entry, ...] = ()
        self._editor: Credentials | None = None
        self._ending = ""
        self._look()

    def _look(self) -> None:
        """Look anew; what is shown stays until then."""
        self.cancel("look")

        def looked(found: tuple[tuple[Line, ...], tuple[Entry, ...]]) -> None:
            self._lines, self._removed = found

        self.start("look", "", lambda: asyncio.to_thread(overview, current()), looked)

    def _page(self) -> Page:
        parts: list[Part] = [
            Rows("accounts", COLUMNS, self._rows(), WIDTHS, self._empty()),
            Buttons(
                "adding",
                (
                    Button("add", "Add an account", "primary"),
                    Button("refresh", "Look again"),
                    CLOSE,
                ),
            ),
            self.said,
        ]
        if self._ending:
            parts.append(self._sure())
        if self._removed:
            title = f"Removed ({len(self._removed)})"
            parts.append(Fold("removed_fold", title, (self._gone(),)))
        if self._editor is not None:
            page = self._editor.page()
            parts += [Words("editor_title", page.title, "title"), *_below(page)]
        return Page("Accounts", tuple(parts))

    def _empty(self) -> str:
        return "Looking …" if self._lines is None else "There is no account yet."

    def _rows(self) -> tuple[Row, ...]:
        return tuple(
            Row(
                line.name,
                _cells(line),
                _doable(line, [other for other in self._lines or () if other.kept]),
                tone=TONES[line.state],
            )
            for line in self._lines or ()
        )

    def _gone(self) -> Rows:
        rows = tuple(
            Row(
                entry.name,
                (entry.name, entry.provider, f"{entry.removed:%Y-%m-%d %H:%M} UTC"),
                (
                    Button("restore", "Restore", note=f"bring {entry.name} back"),
                    Button("purge", "Delete for good", "danger", note=f"end {entry.name}"),
                ),
            )
            for entry in self._removed
        )
        return Rows("removed", ("account", "provider", "removed"), rows)

    def _sure(self) -> Buttons:
        return Buttons(
            "sure",
            (
                Button("really", f"Delete {self._ending} and its key", "danger"),
                Button("keep_it", "Keep it"),
            ),
        )

    def _set(self, name: str, value: Any, row: str) -> None:
        if self._editor is not None:
            self._editor.set(name, value, row)

    def _act(self, name: str, row: str) -> None:
        own = getattr(self, f"_on_{name}", None)
        if own is not None:
            own(row)
        elif self._editor is not None:
            self._editor.act(name, row)

    def _on_refresh(self, _row: str) -> None:
        self._look()

    def _on_add(self, _row: str) -> None:
        self._open(Credentials())

    def _on_edit(self, row: str) -> None:
        self._open(Credentials(account=kept.in_use(credentials.vault(), row)))

    def _open(self, editor: Credentials) -> None:
        self._on_leave("")
        self._editor = editor
        editor.listen(lambda: self.update(lambda: self._edited(editor)))

    def _edited(self, editor: Credentials) -> None:
        """Take the editor away when it has done its work."""
        if self._editor is editor and editor.kept:
            done = editor.said
            self._on_leave("")
            self.say(done.text, done.tone)
            self._look()

    def _on_leave(self, _row: str) -> None:
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.close()

    def _on_test(self, row: str) -> None:
        def tried(went: Trial) -> None:
            self.say(f"{row}: {went.words()}", "good")
            self._look()

        self.start(f"test {row}", f"Asking {row}", lambda: trial_of(current(), row), tried)

    def _on_prefer(self, row: str) -> None:
        def preferred(entry: Entry) -> str:
            return f"{entry.name} comes before the other accounts of its provider now."

        self._change(lambda: preferred(accounts.prefer(row)))

    def _on_remove(self, row: str) -> None:
        def removed(entry: Entry) -> str:
            if entry.removed is None:
                return f"The damaged record of {entry.name} is gone for good."
            return f"{entry.name} is removed; Restore, below, brings it back."

        self._change(lambda: removed(accounts.remove(row)))

    def _on_restore(self, row: str) -> None:
        self._change(lambda: f"{accounts.restore(row).name} is back.")

    def _on_purge(self, row: str) -> None:
        self._ending = row
        self.say(f"Nothing brings {row} back after this.", "warning")

    def _on_keep_it(self, _row: str) -> None:
        self._ending = ""
        self.say("")

    def _on_really(self, _row: str) -> None:
        name, self._ending = self._ending, ""
        self._change(lambda: f"{accounts.purge(name).name} is gone for good, with its key.")

    def _change(self, work: Any) -> None:
        """Do something that may wait for the vault, say what it did, and look anew."""

        def changed(told: str) -> None:
            self.say(told, "good")
            self._look()

        self.start("change", "Saving", lambda: asyncio.to_thread(work), changed)

    def _closing(self) -> None:
        self._on_leave("")


def _below(page: Page) -> tuple[Part, ...]:
    """Return the parts of the form for one account; its words have their own place."""
    parts = tuple(_renamed(part) for part in page.parts)
    if any(isinstance(part, Buttons) and part.name == "doing" for part in parts):
        return parts
    return (*parts, Buttons("doing", (Button("leave", "Cancel"),)))


def _renamed(part: Part) -> Part:
    if isinstance(part, Words) and part.name == "said":
        return Words("editor_said", part.text, part.tone)
    if isinstance(part, Buttons) and part.name == "doing":
        own = (button for button in part.buttons if button is not CLOSE)
        return Buttons("doing", (*own, Button("leave", "Cancel")))
    return part


def _doable(line: Line, kept_ones: list[Line]) -> tuple[Button, ...]:
    """Return what can be done with an account: one that is found elsewhere can only be tried."""
    test = Button("test", "Test", enabled=line.state != "locked", note=f"ask {line.name}")
    if not line.kept:
        return (test,)
    alike = [one for one in kept_ones if one.provider == line.provider]
    prefer = Button("prefer", "Prefer", note=f"take {line.name} before the others of its provider")
    return (
        test,
        Button("edit", "Edit", note=f"change {line.name}"),
        *((prefer,) if alike[0] is not line else ()),
        Button("remove", "Remove", "danger", note=f"take {line.name} out of use"),
    )


def _cells(line: Line) -> tuple[str, ...]:
    used = f"{line.last}\n{line.today} today" if line.today else line.last
    return (f"{line.name}\n{line.provider}", line.health, line.source, used)
