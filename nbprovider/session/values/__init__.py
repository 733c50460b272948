"""Values of a notebook as parts of a question, each as a model reads it best.

Tables and arrays are told by their shape, types and beginning, figures go as pictures, files by
their kind, errors as tracebacks without secrets, functions as their code. No library is imported
for it: a value whose library is not there cannot be given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from nbprovider.errors import NbproviderError, UsageError
from nbprovider.session.attachments import attach
from nbprovider.session.values import arrays, pictures, source, tables, tracebacks
from nbprovider.session.values.limits import Limits
from nbprovider.types import Media, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

Piece = Text | Media
"""What a value is sent as."""


def parts_of(value: object, limits: Limits | None = None) -> tuple[Piece, ...]:
    """Return a value as words and pictures; `limits` say how much of a table is told.

    A list or tuple of figures, media or files is each of them. Raises UsageError for a figure that
    cannot be drawn here, a file that cannot be sent, and a value that cannot even be written.
    """
    with _told(value):
        return _parts_of(value, limits or Limits.usual())


def _parts_of(value: object, limits: Limits) -> tuple[Piece, ...]:
    if isinstance(value, list | tuple) and value and all(map(_stands_alone, value)):
        return tuple(part for one in value for part in _parts_of(one, limits))
    if isinstance(value, Piece):
        return (value,)
    if isinstance(value, Path):
        return (attach(value),)
    if media := picture_of(value):
        return (media,)
    return (*_words(_in_words(value, limits)), *_media(value))


def in_words(value: object, limits: Limits | None = None) -> str:
    """Return a value in words: a table, a traceback, code, else its own words.

    Raises UsageError for a value that cannot be written.
    """
    with _told(value):
        return _in_words(value, limits or Limits.usual())


def _in_words(value: object, limits: Limits) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, BaseException):
        return tracebacks.told(value)
    if isinstance(value, FunctionType | type):
        return source.of(value)
    writer = _by_kind(value, _WRITERS)
    return writer(value, limits) if writer else str(value)


@contextmanager
def _told(value: object) -> Iterator[None]:
    """Tell of an error that a value's own code raises in our words."""
    try:
        yield
    except NbproviderError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the value's own code raises
        why = str(error).partition("\n")[0]
        raise UsageError(
            f"A {type(value).__name__} cannot be sent: {type(error).__name__}: {why}.",
            hint="Nothing was sent; give what it holds, or words of your own.",
        ) from None


def picture_of(value: object) -> Media | None:
    """Return a figure, an image or its bytes as a medium, None for what is none."""
    if isinstance(value, bytes | bytearray):
        return pictures.from_bytes(bytes(value))
    drawer = _by_kind(value, _DRAWERS)
    return drawer(value) if drawer else pictures.from_display(value)


def is_known(value: object) -> bool:
    """Say whether there is more to tell of a value than its own words."""
    kinds = str | Piece | Path | BaseException | FunctionType | type | bytes
    return isinstance(value, kinds) or _by_kind(value, _WRITERS) is not None or is_drawn(value)


def is_drawn(value: object) -> bool:
    """Say whether a value is a figure or an image; an array of axes is not looked into."""
    if _by_kind(value, _DRAWERS) is not None:
        return _by_kind(value, _WRITERS) is None
    return pictures.shows_itself(value)


def _stands_alone(value: object) -> bool:
    """Say whether a value in a list is one to be sent by itself."""
    return isinstance(value, Path | Piece) or is_drawn(value)


def _words(text: str) -> Sequence[Text]:
    return (Text(text),) if text else ()


def _media(value: object) -> tuple[Media, ...]:
    """Return the pictures that an answer came with."""
    from nbprovider.answer import Answer

    parts = value.parts if isinstance(value, Answer) else ()
    return tuple(part for part in parts if isinstance(part, Media))


def _by_kind(value: object, table: dict[str, T]) -> T | None:
    """Return the entry for a value's class, or one that it is derived from: "pandas.Series"."""
    for kind in type(value).__mro__:
        if found := table.get(f"{kind.__module__.partition('.')[0]}.{kind.__name__}"):
            return found
    return None


_WRITERS: dict[str, Callable[[Any, Limits], str]] = {
    "pandas.DataFrame": tables.pandas_frame,
    "pandas.Styler": tables.pandas_styler,
    "pandas.Series": tables.pandas_series,
    "pandas.Index": tables.pandas_index,
    "polars.DataFrame": tables.polars_frame,
    "polars.Series": tables.polars_series,
    "pyarrow.Table": tables.arrow_table,
    "numpy.ndarray": arrays.told,
}

_DRAWERS: dict[str, Callable[[Any], Media | None]] = {
    "matplotlib.Figure": pictures.matplotlib_figure,
    "matplotlib.Artist": pictures.matplotlib_artist,
    "numpy.ndarray": pictures.array_of_axes,
    "PIL.Image": pictures.pillow,
    "altair.TopLevelMixin": pictures.altair_chart,
    "plotly.BaseFigure": pictures.plotly_figure,
    "IPython.Image": pictures.ipython_image,
}

__all__ = ["Limits", "Piece", "in_words", "is_drawn", "is_known", "parts_of", "picture_of"]
