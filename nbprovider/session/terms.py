"""What settings.toml says of how calls are made, as the values that the layers below take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.config import Settings
from nbprovider.flow import Policy
from nbprovider.routing.breaker import Limit
from nbprovider.session.pulse import Rhythm
from nbprovider.types import Route

if TYPE_CHECKING:
    from nbprovider import transport


def network(settings: Settings) -> transport.Settings:
    """Return how to reach the world."""
    from nbprovider import transport

    return transport.Settings(
        settings.connect_timeout,
        settings.proxy,
        settings.ca_file,
        settings.private_hosts,
        settings.audit,
    )


def policy(settings: Settings) -> Policy:
    """Return how hard to try."""
    return Policy(settings.tries, settings.silence, settings.first_wait, settings.longest_wait)


def rhythm(settings: Settings) -> Rhythm:
    """Return how often to tell what a call is doing."""
    return Rhythm(settings.heartbeat, settings.stall_warning)


def limit(settings: Settings, route: Route) -> Limit:
    """Return what opens a route's circuit."""
    failures = settings.breaker_failures_of.get(route.provider, settings.breaker_failures)
    return Limit(failures, settings.breaker_pause)
