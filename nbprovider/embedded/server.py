"""The server's own process: llama.cpp's HTTP server, until nobody holds a lease.

Started by `launch`, never by hand: its orders come on standard input, so that the key is on no
command line and in no environment.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import msgspec

from nbprovider.embedded.door import Door
from nbprovider.embedded.state import CONTEXT, Orders, Ready

# Two callers at once.
_SLOTS = 2
# More threads collapse as soon as the cores have other work.
_THREADS = 1
# Warnings and errors: no prompts.
_VERBOSITY = 2
# Seconds until a reply that has no token yet shows that it is alive, by an SSE comment.
_PING = 5
# Seconds that the process which started the server has to take its lease.
_FIRST_LEASE = 10.0

_LOG_LIMIT = 256 * 1024
_LOG_CHECK = 60.0


def main() -> None:
    """Read the orders, start, say so, and stay until nobody needs the server."""
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    answer = _part_from_parent()
    threading.Thread(target=_bound_log, daemon=True).start()
    server = _serve(orders)
    door = Door(orders.key)
    port = int(server.listening_address.rpartition(":")[2])
    _say(answer, Ready(os.getpid(), port, door.port))
    door.wait(orders.grace, _FIRST_LEASE)
    # llama.cpp's own way out waits for replies that nobody reads any more.
    os._exit(0)


def _part_from_parent() -> int:
    """Keep only standard error, which is the log; return where the answer is written."""
    answer = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return answer


def _say(answer: int, ready: Ready) -> None:
    os.write(answer, msgspec.json.encode(ready) + b"\n")
    os.close(answer)


def _serve(orders: Orders) -> Any:
    import xllamacpp

    return xllamacpp.Server(_parameters(xllamacpp.CommonParams(), orders))


def _parameters(parameters: Any, orders: Orders) -> Any:
    parameters.model.path = orders.weights
    parameters.model_alias = {orders.alias}
    parameters.api_keys = [orders.key]
    # Port 0: the system picks a free one, so none is ever taken.
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.n_ctx, parameters.n_parallel = CONTEXT * _SLOTS, _SLOTS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _THREADS
    parameters.sleep_idle_seconds = orders.idle
    parameters.sse_ping_interval = _PING
    # llama.cpp would keep up to 8 GiB of old prompts.
    parameters.cache_ram_mib = 0
    parameters.cache_idle_slots = False
    parameters.ui = parameters.endpoint_slots = False
    parameters.use_jinja = True
    parameters.verbosity = _VERBOSITY
    return parameters


def _bound_log() -> None:
    """Empty the log whenever it has grown too long; it is opened for appending."""
    while True:
        if os.fstat(2).st_size > _LOG_LIMIT:
            os.ftruncate(2, 0)
        threading.Event().wait(_LOG_CHECK)


if __name__ == "__main__":
    main()
