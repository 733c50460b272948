import os
import signal
import subprocess
import sys

import pytest
from server_processes import eventually, servers_below

from model_fixture import model_home, model_weights

__all__ = ["model_home", "model_weights"]

CLIENT = """
import sys
from nbprovider import embedded
print("begin", flush=True)
print(*embedded.endpoint(), embedded.status().pid, flush=True)
sys.stdin.read()
"""


class Client:
    """Another process that uses the embedded model until its standard input closes."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        assert self.process.stdout.readline() == "begin\n"

    def endpoint(self):
        """Return base URL, key and the server's process id as this client was told."""
        base_url, key, pid = self.process.stdout.readline().split()
        return base_url, key, int(pid)

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def interrupt(self):
        """Interrupt the client as a front end does: its whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)


@pytest.fixture
def client():
    """Start client processes; the ones still there at the end are killed."""
    started = []

    def start():
        started.append(Client())
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="session", autouse=True)
def _no_orphans(tmp_path_factory):
    """Every server that these tests start is gone after them."""
    yield
    eventually(lambda: not servers_below(tmp_path_factory.getbasetemp()))
