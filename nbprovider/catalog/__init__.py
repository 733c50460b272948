"""Providers as data: one TOML file each, ours in `providers/`, the user's in their folder."""

from nbprovider.catalog.files import find, forget, known, load, successor
from nbprovider.catalog.provider import (
    Best,
    Endpoint,
    Guide,
    Kind,
    ModelList,
    Provider,
    Quirks,
    Retiring,
)

__all__ = [
    "Best",
    "Endpoint",
    "Guide",
    "Kind",
    "ModelList",
    "Provider",
    "Quirks",
    "Retiring",
    "find",
    "forget",
    "known",
    "load",
    "successor",
]
