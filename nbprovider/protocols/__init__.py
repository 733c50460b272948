"""Wire formats, one module each, found by name."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from nbprovider.catalog.spoken import GROUP, OWN
from nbprovider.errors import ConfigError
from nbprovider.protocols.contract import FramingName, Listed, Page, WireProtocol

__all__ = ["OWN", "FramingName", "Listed", "Page", "WireProtocol", "load"]


def load(name: str) -> WireProtocol:
    """Return the protocol called `name`: ours, or one of the entry points `nbprovider.protocols`.

    Raises ConfigError when nobody has it, or it cannot be loaded.
    """
    if name in OWN:
        return cast("WireProtocol", import_module(f"nbprovider.protocols.{name}"))
    for point in entry_points(group=GROUP, name=name):
        return _installed(point)
    known = ", ".join(sorted(OWN))
    raise ConfigError(f"There is no protocol {name!r}.", hint=f"Known are: {known}.")


def _installed(point: EntryPoint) -> WireProtocol:
    """Return an installed package's protocol; whatever the package raises is a ConfigError."""
    try:
        return cast("WireProtocol", point.load())
    except Exception as error:
        raise ConfigError(
            f"The protocol {point.name!r} of an installed package cannot be loaded"
            f" ({point.value}): {type(error).__name__}: {error}.",
            hint="Mend or remove that package.",
        ) from error
