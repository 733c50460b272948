"""`%provider usage|cost`: every attempt, and what they cost together."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import costs
from nbprovider.ledger.costs import Range
from nbprovider.magics.options import Line, Option, parse_words
from nbprovider.session import Session, current, spend
from nbprovider.view import Note

if TYPE_CHECKING:
    import pandas as pd

OPTIONS = (
    Option(("--since",), "WHEN", 'from when on: today, "7 days", "this month", 2026-11-01'),
    Option(("--until",), "WHEN", "until when; a day, a week, a month is in it"),
    Option(("--here",), "", "what this kernel has asked"),
    Option(("--plot",), "", "show it as a picture"),
    Option(("--csv",), "FILE", "write it to a file in place of showing it"),
    Option(("--parquet",), "FILE", "the same as Parquet, which keeps the types"),
)

PANEL = Option(("--panel",), "", "a panel of it that goes on while cells run")

_DRAWN = ("day", "model")
"""What a picture is made by where the line does not say."""

USAGE = "[--since WHEN] [--until WHEN] [--here] [--plot] [--csv FILE] [--parquet FILE]"


def usage(*words: str) -> Any:
    """Return every attempt as a DataFrame, or write it to a file."""
    from nbprovider.ledger import frames

    session, line = current(), parse_words(words, OPTIONS)
    if line.words:
        raise UsageError(
            f"`%provider usage` does not know {line.words[0]!r}.",
            hint=f"It takes {USAGE}; `%provider cost {line.words[0]}` makes sums.",
        )
    frame = frames.usage(session.ledger, _range(session, line))
    if line.get("plot"):
        return _drawn(frame, "latency")
    if frame.empty:
        _say(f"{_when(line)}: nothing was asked.")
    return _handed(frame, line)


def cost(*words: str) -> Any:
    """Return what was spent by these words as a DataFrame, and say in a sentence what it was."""
    from nbprovider.ledger import frames

    session, line = current(), parse_words(words, (*OPTIONS, PANEL))
    if line.get("panel"):
        return _panel(words)
    told = line.words or (_DRAWN if line.get("plot") else ())
    by, within = costs.words(told), _range(session, line)
    frame = frames.cost(session.ledger, by, within)
    if line.get("plot"):
        return _drawn(frame, "spend")
    if line.get("here"):
        _say(spend.here(session))
    else:
        _say(f"{_when(line)}: {spend.told(costs.total(session.ledger, within))}.")
    return _handed(frame, line)


def _panel(words: tuple[str, ...]) -> Any:
    from nbprovider.ui.all_forms import forms

    if len(words) > 1:
        raise UsageError(
            "--panel shows today, this week, models and days: nothing goes with it.",
            hint="Leave out the rest, or leave out --panel.",
        )
    return forms.spend().show()


def _drawn(frame: pd.DataFrame, kind: str) -> Any:
    from nbprovider.ui import plots

    return plots.plot(frame, kind)


def _range(session: Session, line: Line) -> Range:
    since, until = line.get("since"), line.get("until")
    if not line.get("here"):
        return costs.between(since, until)
    if since or until:
        raise UsageError(
            "--here is all that this kernel has asked.", hint="Leave out --since and --until."
        )
    return costs.by_this_process(session.ledger, session.began)


def _when(line: Line) -> str:
    since, until = line.get("since"), line.get("until")
    told = [since and f"since {since}", until and f"until {until}"]
    words = " ".join(filter(None, told)) or ("in this kernel" if line.get("here") else "in all")
    return words[0].upper() + words[1:]


def _say(words: str) -> None:
    from IPython.display import display

    display(Note(words))  # type: ignore[no-untyped-call]


def _handed(frame: pd.DataFrame, line: Line) -> Any:
    """Return the frame; where the line names files, write it there and say so."""
    named = [(write, line.get(kind)) for kind, write in _WRITERS.items() if line.get(kind)]
    if not named:
        return frame
    return Note(" ".join(_written(frame, Path(path).expanduser(), write) for write, path in named))


def _written(frame: pd.DataFrame, path: Path, write: Callable[[pd.DataFrame, Path], None]) -> str:
    try:
        write(frame, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Name another file."
        ) from None
    rows = f"{len(frame):,} row{'s'[: len(frame) != 1]}"
    return f"{rows} written to {path}."


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    if find_spec("pyarrow") is None:
        raise ConfigError(
            "Parquet files need the package pyarrow, which is not installed.",
            hint="Run `%pip install 'nbprovider[parquet]'`, or write --csv.",
        )
    frame.to_parquet(path, index=False)


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {"csv": _csv, "parquet": _parquet}
