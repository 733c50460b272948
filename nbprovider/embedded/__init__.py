"""A small real language model on this machine: no key, no account, no network once installed.

llama.cpp's own HTTP server runs in one process for all kernels of the user, on loopback, behind a
random key. It starts on first use and ends by itself when no process needs it any more.
"""

from nbprovider.embedded.service import Status, endpoint, release, status, stop
from nbprovider.embedded.state import CONTEXT
from nbprovider.embedded.weights import MODEL, install, installed

__all__ = [
    "CONTEXT",
    "MODEL",
    "Status",
    "endpoint",
    "install",
    "installed",
    "release",
    "status",
    "stop",
]
