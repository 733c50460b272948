"""Real kernels: start one, run cells in it, interrupt it, see every message with its time."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

OLD = Path(sys.prefix) / "ipykernel-6.31"
"""Where `make install` puts the older ipykernel, beside the one of the environment."""

VERSIONS = ("7", "6.31")


class OneKernel(KernelManager):
    """A kernel of this very Python, whatever kernels are registered on the machine."""

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="test", language="python")


@dataclass
class Ran:
    """What one cell did: its messages with their times, and how it ended."""

    messages: list[tuple[float, dict]] = field(default_factory=list)
    status: str = ""
    ended: float = 0
    payload: list[dict] = field(default_factory=list)

    def of(self, *kinds: str) -> list[dict]:
        return [m["content"] for _, m in self.messages if m["msg_type"] in kinds]

    @property
    def text(self) -> str:
        """Everything that was printed."""
        return "".join(content["text"] for content in self.of("stream"))

    @property
    def error(self) -> dict:
        """The error's content; fails when there is none."""
        return self.of("error")[-1]

    @property
    def shown(self) -> list[dict]:
        """The outputs that remain, as a front end that follows clearing and updates has them."""
        outputs: list[tuple[str, dict]] = []
        clearing = False
        for _, message in self.messages:
            content, kind = message["content"], message["msg_type"]
            name = content.get("transient", {}).get("display_id", "")
            if kind == "clear_output":
                clearing = True
            elif kind == "update_display_data":
                outputs = [(n, content if n == name else c) for n, c in outputs]
            elif kind in {"display_data", "execute_result"}:
                outputs = [] if clearing else outputs
                clearing = False
                outputs.append((name, content))
        return [content for _, content in outputs]


class Kernel:
    """One running kernel."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def start(self, code: str) -> str:
        """Begin a cell, return its message's id."""
        return self.client.execute(code, allow_stdin=False)

    def finish(self, name: str, timeout: float = 60) -> Ran:
        """Collect the messages of a cell until it is over."""
        ran = Ran()
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            message = self._next(until)
            if message["parent_header"].get("msg_id") != name:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                ran.ended = time.time()
                reply = self._reply(name, until)
                ran.status, ran.payload = reply["status"], reply.get("payload", [])
                return ran
            ran.messages.append((time.time(), message))
        raise TimeoutError(f"the cell did not end: {ran.messages[-3:]}")

    def run(self, code: str, timeout: float = 60) -> Ran:
        return self.finish(self.start(code), timeout)

    def wait_for(self, name: str, words: str, timeout: float = 30) -> None:
        """Wait until a message of the cell holds these words."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            message = self._next(until)
            if message["parent_header"].get("msg_id") == name and words in str(message["content"]):
                return
        raise TimeoutError(words)

    def _next(self, until: float) -> dict:
        with contextlib.suppress(queue.Empty):
            return self.client.get_iopub_msg(timeout=max(0.01, until - time.monotonic()))
        raise TimeoutError("no message")

    def _reply(self, name: str, until: float) -> dict:
        while time.monotonic() < until:
            reply = self.client.get_shell_msg(timeout=max(0.01, until - time.monotonic()))
            if reply["parent_header"].get("msg_id") == name:
                return reply["content"]
        raise TimeoutError("no reply")

    def interrupt(self) -> float:
        """Interrupt the kernel as a front end does; return when."""
        at = time.time()
        self.manager.interrupt_kernel()
        return at


@contextlib.contextmanager
def kernel(version: str = "7", **environment: str) -> Iterator[Kernel]:
    """Run a kernel of this ipykernel version for the length of a `with` block."""
    variables = {**os.environ, **environment, "IPYTHONDIR": environment.get("IPYTHONDIR", "")}
    if not variables["IPYTHONDIR"]:
        variables["IPYTHONDIR"] = str(Path(variables["NBPROVIDER_HOME"]) / "ipython")
    if version == "6.31":
        variables["PYTHONPATH"] = str(OLD)
    manager = OneKernel()
    manager.start_kernel(env=variables)
    running = Kernel(manager)
    try:
        yield running
    finally:
        running.client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
