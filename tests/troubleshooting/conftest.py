"""Somebody who asks, by the API and in a cell, and reads what the page on trouble says."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import nbprovider
from loopback import Server, serving
from nbprovider import catalog, config, errors
from nbprovider.credentials import circumstances

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
CAMPUS = """\
name = "Campus"
protocol = "openai_chat"
base_url = "{}"
env = ["CAMPUS_API_KEY"]
key_prefix = ["cmp-"]
key_url = "https://campus.example/keys"
"""


def fixes() -> dict[str, str]:
    """Return the page's rows: symptom → what to do."""
    rows = (line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| ")
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]
    return {symptom: fix for symptom, _, fix in cells if symptom not in {"what you see", "---"}}


@pytest.fixture
def page() -> dict[str, str]:
    return fixes()


class Person:
    """Asks, is refused, and is told what the page tells."""

    def __init__(self, shell: InteractiveShell, screen: pytest.CaptureFixture[str]) -> None:
        self._shell = shell
        self._screen = screen

    def sees(self, symptom: str, model: str, line: str = "", **words) -> errors.NbproviderError:
        """Ask by the API and by a cell: both tell the fix of the page, and no traceback."""
        with pytest.raises(errors.NbproviderError) as raised:
            nbprovider.ask("hi", model=model, **words)
        error = raised.value
        assert (
            re.sub(r"(127\.0\.0\.1|host\.docker\.internal):\d+", r"\1:PORT", error.hint)
            == fixes()[symptom]
        )
        assert error.hint.count(". ") == 0, "one sentence"
        self._is_told_in_a_cell(error, f"%%chat {model} {line} --new".replace("  ", " "))
        return error

    @staticmethod
    def set(*lines: str) -> None:
        """Write settings.toml."""
        config.made(config.settings_file().parent)
        config.settings_file().write_text("\n".join(lines) + "\n")

    def is_answered(self, symptom: str, model: str) -> None:
        """Ask; what looks like a mistake is none."""
        assert nbprovider.ask("hi", model=model).text
        assert fixes()[symptom].startswith("Nothing")

    def _is_told_in_a_cell(self, error: errors.NbproviderError, line: str) -> None:
        self._screen.readouterr()
        ran = self._shell.run_cell(f"{line}\nhi")
        assert type(ran.error_in_exec) is type(error)
        shown = self._screen.readouterr()
        told = " ".join((shown.out + shown.err).split())
        assert "Traceback" not in told
        assert type(error).__name__ in told
        assert " ".join(error.hint.split()) in told


@pytest.fixture
def person(isolated: Path, monkeypatch, capsys) -> Person:
    monkeypatch.setattr(circumstances, "CONTAINERS", ())
    for name in circumstances.PROXIES:
        monkeypatch.delenv(name, raising=False)
    Person.set("tries = 1")
    quiet = Config(
        {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}}
    )
    shell = InteractiveShell(config=quiet, ipython_dir=str(isolated.parent / "ipython"))
    nbprovider.load_ipython_extension(shell)
    return Person(shell, capsys)


@pytest.fixture
def campus(monkeypatch):
    """Write the file of a provider at an address; it has a key."""

    def written(base_url: str) -> None:
        folder = config.made(config.home().config / "providers")
        (folder / "campus.toml").write_text(CAMPUS.format(base_url))
        catalog.forget()
        monkeypatch.setenv("CAMPUS_API_KEY", "cmp-seeded0123456789")

    return written


@pytest.fixture
def serve() -> Iterator:
    """Start servers that end with the test."""
    contexts = []

    def start(script) -> Server:
        contexts.append(serving(script))
        return contexts[-1].__enter__()

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def raw() -> Iterator:
    """Start a server that does to each connection what a function says, and closes it."""
    listeners = []

    def start(deal) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                try:
                    with connection:
                        deal(connection)
                except OSError:
                    continue

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
