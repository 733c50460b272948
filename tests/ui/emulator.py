"""As much of a terminal as it takes to know what a reader sees."""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r"\x1b\[(\??[\d;]*)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>]|[\r\n\b\a]|[^\x1b\r\n\b\a]+"
)


class Emulator:
    """Follow what is written; `text` is what stands on an endless screen."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = self._column = 0

    def write(self, data: str) -> None:
        for found in _TOKENS.finditer(data):
            if found[2]:
                self._control(found[2], found[1])
            elif found[0] == "\n":
                self._down(1)
                self._column = 0
            elif found[0] == "\r":
                self._column = 0
            elif found[0] == "\b":
                self._column = max(0, self._column - 1)
            elif found[0][0] not in "\x1b\a":
                self._put(found[0])

    def _down(self, count: int) -> None:
        self._row += count
        self.lines += [""] * (self._row + 1 - len(self.lines))

    def _put(self, words: str) -> None:
        line = self.lines[self._row].ljust(self._column)
        end = self._column + len(words)
        self.lines[self._row] = line[: self._column] + words + line[end:]
        self._column = end

    def _control(self, kind: str, value: str) -> None:
        count = int(value) if value.isdigit() else 0
        match kind:
            case "A":
                self._row = max(0, self._row - max(1, count))
            case "B":
                self._down(max(1, count))
            case "C":
                self._column += max(1, count)
            case "D":
                self._column = max(0, self._column - max(1, count))
            case "G":
                self._column = max(1, count) - 1
            case "K":
                line = self.lines[self._row]
                self.lines[self._row] = "" if count else line[: self._column]

    @property
    def text(self) -> str:
        return "\n".join(map(str.rstrip, self.lines)).strip()
