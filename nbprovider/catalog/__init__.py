"""Providers as data: one TOML file each, ours in `providers/`, the user's in their folder."""

from nbprovider.catalog.endpoint import Endpoint
from nbprovider.catalog.files import find, forget, known, load
from nbprovider.catalog.provider import (
    Best,
    Guide,
    Kind,
    ModelList,
    Provider,
    Quirks,
    Retiring,
)
from nbprovider.catalog.retirement import Retirement, retirement, successor

__all__ = [
    "Best",
    "Endpoint",
    "Guide",
    "Kind",
    "ModelList",
    "Provider",
    "Quirks",
    "Retirement",
    "Retiring",
    "find",
    "forget",
    "known",
    "load",
    "retirement",
    "successor",
]
