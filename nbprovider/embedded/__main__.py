"""The embedded model from a shell: `python -m nbprovider.embedded install | status | stop`.

Exit codes: 0 done, 1 it failed (`status`: nothing is installed), 2 wrong words, 130 interrupted.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from nbprovider import embedded
from nbprovider.embedded.download import Progress
from nbprovider.embedded.words import told
from nbprovider.errors import NbproviderError, ProviderError

_MB = 1_000_000
_WIDTH = 30
_INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m nbprovider.embedded", description="A small model on this machine."
    )
    parser.add_argument("command", choices=sorted(_COMMANDS), help="what to do")
    command = parser.parse_args(words).command
    try:
        return _COMMANDS[command]()
    except NbproviderError as error:
        return _explain(error)
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is left behind.", file=sys.stderr)
        return _INTERRUPTED


def _install() -> int:
    bar = _bar() if sys.stdout.isatty() else _lines()
    path = embedded.install(bar)
    print(f"{embedded.MODEL} is installed: {path}")
    return 0


def _status() -> int:
    found = embedded.status()
    for what, how in told(found, "python -m nbprovider.embedded install"):
        print(f"{what + ':':<11}{how}")
    return 0 if found.installed else 1


def _stop() -> int:
    print("Stopped." if embedded.stop() else "No server was running.")
    return 0


def _bar() -> Progress:
    """Return a progress that draws one line over itself, until all is there."""
    drawn = -1

    def draw(done: int, total: int | None) -> None:
        nonlocal drawn
        if done == drawn:
            return
        drawn = done
        filled = "#" * (done * _WIDTH // total if total else 0)
        end = "\n" if done == total else ""
        print(f"\r[{filled:<{_WIDTH}}] {done / _MB:5.1f} MB", end=end, flush=True)

    return draw


def _lines() -> Progress:
    """Return a progress that prints a line at every tenth."""
    said = -1

    def say(done: int, total: int | None) -> None:
        nonlocal said
        tenth = done * 10 // total if total else 0
        if tenth > said:
            said = tenth
            print(f"{tenth * 10:3d} %  {done / _MB:.1f} MB", flush=True)

    return say


def _explain(error: NbproviderError) -> int:
    print(f"\nerror: {error}", file=sys.stderr)
    if isinstance(error, ProviderError) and error.detail:
        print(error.detail, file=sys.stderr)
    return 1


_COMMANDS: dict[str, Callable[[], int]] = {"install": _install, "status": _status, "stop": _stop}

if __name__ == "__main__":
    sys.exit(main())
