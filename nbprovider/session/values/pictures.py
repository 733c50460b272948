"""Figures and images as pictures of a question: PNG, or the bytes as they are."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.session.attachments import image as attached
from nbprovider.types import Media
from nbprovider.types.parts import MediaKind

LONGEST = 2048
"""Pixels of an image's longer side; models see no more of a larger one than of this."""

PNG = "image/png"

WHY = 160
"""Characters of a library's error that are told."""

_BEGINNINGS: tuple[tuple[bytes, MediaKind, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image", PNG),
    (b"\xff\xd8\xff", "image", "image/jpeg"),
    (b"GIF87a", "image", "image/gif"),
    (b"GIF89a", "image", "image/gif"),
    (b"%PDF-", "document", "application/pdf"),
)


def from_bytes(data: bytes) -> Media | None:
    """Return the bytes of a picture or a PDF as a medium, None for other bytes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Media("image", "image/webp", data)
    for begin, kind, mime in _BEGINNINGS:
        if data.startswith(begin):
            return Media(kind, mime, data)
    return None


def matplotlib_figure(figure: Any) -> Media:
    """Return a matplotlib figure as the notebook shows it."""
    return _saved(lambda file: figure.savefig(file, format="png", bbox_inches="tight"))


def matplotlib_artist(artist: Any) -> Media | None:
    """Return the figure that axes, lines and other parts of one stand on, None for a loose one."""
    figure = artist.get_figure()
    return matplotlib_figure(figure) if figure is not None else None


def array_of_axes(array: Any) -> Media | None:
    """Return the figure of an array of axes, as `df.hist()` gives; None for any other array."""
    first = array.flat[0] if array.dtype == object and array.size else None
    return matplotlib_artist(first) if hasattr(first, "get_figure") else None


def pillow(image: Any) -> Media:
    """Return a Pillow image; one that is larger than models look at is made smaller."""
    if max(image.size) > LONGEST:
        image = image.copy()
        image.thumbnail((LONGEST, LONGEST))
    if image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}:
        image = image.convert("RGB")
    return _saved(lambda file: image.save(file, format="PNG"))


def altair_chart(chart: Any) -> Media:
    """Return an Altair chart as a picture; raises UsageError where it cannot be drawn here."""
    try:
        return _saved(lambda file: chart.save(file, format="png"))
    except Exception as error:  # noqa: BLE001 - without vl-convert, or of a chart that is none
        raise _undrawn("chart", error, "`pip install vl-convert-python`") from None


def plotly_figure(figure: Any) -> Media:
    """Return a Plotly figure as a picture; raises UsageError where it cannot be drawn here."""
    try:
        return Media("image", PNG, figure.to_image(format="png"))
    except Exception as error:  # noqa: BLE001 - without kaleido or its browser, errors of many kinds
        raise _undrawn("fig", error, "`pip install kaleido`, which needs Chrome") from None


def _undrawn(name: str, error: Exception, way: str) -> UsageError:
    why = str(error).strip().partition("\n")[0][:WHY]
    return UsageError(
        f"The figure cannot be drawn here: {why.rstrip('.')}.",
        hint=f"{way}; or send it in words: {{{{ {name}.to_json() }}}}.",
    )


def ipython_image(image: Any) -> Media | None:
    """Return what `IPython.display.Image` holds: bytes, or an address."""
    if isinstance(image.data, bytes):
        return from_bytes(image.data)
    return attached(image.url) if getattr(image, "url", None) else None


def shows_itself(value: object) -> bool:
    """Say whether an object shows itself as a picture to notebooks."""
    return any(callable(getattr(type(value), name, None)) for name in _OWN)


def from_display(value: object) -> Media | None:
    """Return the picture by which an object shows itself to notebooks, None for one without."""
    for name, mime in _OWN.items():
        if not callable(getattr(type(value), name, None)):
            continue
        data = getattr(value, name)()
        data = data[0] if isinstance(data, tuple) else data
        if isinstance(data, str):
            data = base64.b64decode(data)
        if data:
            return Media("image", mime, data)
    return None


_OWN = {"_repr_png_": PNG, "_repr_jpeg_": "image/jpeg"}


def _saved(save: Callable[[io.BytesIO], object]) -> Media:
    file = io.BytesIO()
    save(file)
    return Media("image", PNG, file.getvalue())
