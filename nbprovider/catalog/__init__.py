"""Providers as data: one TOML file each, ours in `providers/`, the user's in their folder."""

from nbprovider.catalog.files import find, forget, known, load, successor
from nbprovider.catalog.provider import Endpoint, Guide, Kind, ModelList, Provider, Quirks

__all__ = [
    "Endpoint",
    "Guide",
    "Kind",
    "ModelList",
    "Provider",
    "Quirks",
    "find",
    "forget",
    "known",
    "load",
    "successor",
]
