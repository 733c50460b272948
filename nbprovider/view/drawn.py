"""Pictures that a model drew, as outputs of their own: a notebook keeps them as pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import Any

from nbprovider.errors import BadAnswer
from nbprovider.types import Media

PNG = "image/png"


def pictures(parts: Iterable[Any]) -> list[Media]:
    """Return the pictures among what was shown or said, those that are there in full."""
    media = (part for part in parts if isinstance(part, Media))
    return [one for one in media if one.kind == "image" and one.data]


def output(media: Media) -> dict[str, str]:
    """Return a picture as an output by media type: as PNG, where it is one or Pillow is there."""
    media = as_png(media)
    encoded = base64.b64encode(media.data or b"").decode()
    return {"text/plain": f"[a picture from the model: {media.mime}]", media.mime: encoded}


def as_png(media: Media) -> Media:
    """Return a picture as PNG; as it is where that cannot be made."""
    if media.mime == PNG:
        return media
    try:
        from PIL import Image

        with Image.open(io.BytesIO(media.data or b"")) as image:
            made = io.BytesIO()
            image.save(made, "PNG")
    except (ImportError, OSError, ValueError):
        return media
    return Media("image", PNG, made.getvalue(), name=media.name)


def drawn(parts: Iterable[Any]) -> Any:
    """Return the picture that an answer holds, as Pillow's image where Pillow is there, else Media.

    One that is told by its address alone is a Media. Several are a list. Raises BadAnswer where
    there is none.
    """
    media = (part for part in parts if isinstance(part, Media))
    found = [_image(one) for one in media if one.kind == "image"]
    if not found:
        raise BadAnswer(
            "The answer holds no picture.",
            hint="Ask a model that draws; `%provider models image` looks for such.",
        )
    return found[0] if len(found) == 1 else found


def _image(media: Media) -> Any:
    try:
        from PIL import Image

        image = Image.open(io.BytesIO(media.data or b""))
        image.load()
    except (ImportError, OSError, ValueError):
        return media
    return image
