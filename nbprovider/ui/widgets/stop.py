"""A button that stops a running answer, where the front end's clicks reach a busy kernel."""

from __future__ import annotations

import contextvars
import signal
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from nbprovider.ui.widgets.clicks import heard_at_once

LATER = 1.0
"""Seconds until there is a button: a short answer needs none, and no answer waits for it."""

PATIENCE = 3.0
"""Seconds that a front end has to show that its clicks reach a busy kernel."""


class StopButton:
    """Show a button while a `with` block runs; pressed, it ends the block as an interrupt does.

    It is shown only once the front end has opened a subshell of the kernel (ipykernel 7): clicks
    are heard there by a thread of their own, elsewhere only when the cell is done. `show` is called
    with the button, on another thread, in the context of the cell.
    """

    def __init__(self, kernel: Any, show: Callable[[Any], None]) -> None:
        self._kernel = kernel
        self._show = show
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._button: Any = None
        self._whom = threading.get_ident()
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,
            args=(self._offer,),
            name="nbprovider-stop",
            daemon=True,
        )

    def __enter__(self) -> Self:
        if heard(self._kernel) is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over.set()
            if self._button is not None:
                self._button.close()

    def _offer(self) -> None:
        if self._over.wait(LATER):
            return
        with self._lock:
            if self._over.is_set():
                return
            self._button = self._made()
        end = time.monotonic() + PATIENCE
        while not heard(self._kernel):
            if time.monotonic() > end or self._over.wait(0.05):
                self._button.close()
                return
        with self._lock:
            if not self._over.is_set():
                self._show(self._button)

    def _made(self) -> Any:
        from ipywidgets import Button

        told = "end this answer, keep its words"
        button = heard_at_once(Button(description="Stop", icon="stop", tooltip=told))
        button.on_click(self._pressed)
        return button

    def _pressed(self, _: Any) -> None:
        with self._lock:
            if not self._over.is_set():
                self._over.set()  # the interrupt may hit the very end of the block
                self._button.disabled = True
                interrupt(self._whom)


def heard(kernel: Any) -> bool | None:
    """Say whether a click reaches a kernel while a cell runs; None where it never can."""
    if not getattr(kernel, "_supports_kernel_subshells", False):
        return None
    return bool(kernel.shell_channel_thread.manager.list_subshell())


def interrupt(thread: int) -> None:
    """Raise KeyboardInterrupt in the main thread, also where it waits for the network."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()
