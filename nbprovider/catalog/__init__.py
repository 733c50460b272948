"""Providers as data: one TOML file each, ours in `providers/`, the user's in their folder."""

from nbprovider.catalog.choices import Choice, choices
from nbprovider.catalog.endpoint import Endpoint
from nbprovider.catalog.files import add, broken, find, forget, known, load, refuse_broken
from nbprovider.catalog.kinds import kind
from nbprovider.catalog.model import Facts, Model, Snapshot, model
from nbprovider.catalog.oauth import OAuth
from nbprovider.catalog.provider import (
    Best,
    Guide,
    Kind,
    ModelList,
    Program,
    Provider,
    Quirks,
    Retiring,
)
from nbprovider.catalog.retirement import Retirement, refuse_ended, retirement, successor

__all__ = [
    "Best",
    "Choice",
    "Endpoint",
    "Facts",
    "Guide",
    "Kind",
    "Model",
    "ModelList",
    "OAuth",
    "Program",
    "Provider",
    "Quirks",
    "Retirement",
    "Retiring",
    "Snapshot",
    "add",
    "broken",
    "choices",
    "find",
    "forget",
    "kind",
    "known",
    "load",
    "model",
    "refuse_broken",
    "refuse_ended",
    "retirement",
    "successor",
]
