"""The only place that touches the network: drivers that run a flow, and their clients."""

import sys

from nbprovider.transport.asynchronous import aresult, arun
from nbprovider.transport.background import background
from nbprovider.transport.clients import Settings, async_client, client, new_async_client
from nbprovider.transport.relay import relayed
from nbprovider.transport.sync import result
from nbprovider.transport.sync import run as run_here

run = relayed if sys.platform == "win32" else run_here
"""The driver for sync code: in this thread, where a blocked read feels an interrupt."""

__all__ = [
    "Settings",
    "aresult",
    "arun",
    "async_client",
    "background",
    "client",
    "new_async_client",
    "relayed",
    "result",
    "run",
]
