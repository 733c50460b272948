"""Somebody's hand at a form in JupyterLab."""

from __future__ import annotations

from typing import Any

from lab import Notebook, until


class Hand:
    """What somebody does with the form below a cell."""

    def __init__(self, notebook: Notebook, number: int) -> None:
        self.notebook = notebook
        self.number = number

    @property
    def area(self) -> Any:
        return self.notebook.output(self.number)

    def write(self, label: str, text: str) -> None:
        field = self.area.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Enter")

    def press(self, label: str) -> None:
        self.area.get_by_role("button", name=label, exact=True).first.click()

    def sees(self, words: str, limit: float = 30) -> None:
        try:
            until(lambda: words in self.notebook.text(self.number), words, limit)
        except TimeoutError:
            there = self.notebook.text(self.number)
            raise TimeoutError(f"not seen: {words!r}; but: {there!r}") from None

    def no_longer_sees(self, words: str) -> None:
        until(lambda: words not in self.notebook.text(self.number), f"no {words}")
