"""The only place that touches the network: drivers that run a flow, and their clients."""

from nbprovider.transport.asynchronous import arun
from nbprovider.transport.clients import Settings, async_client, client
from nbprovider.transport.sync import result, run

__all__ = ["Settings", "arun", "async_client", "client", "result", "run"]
