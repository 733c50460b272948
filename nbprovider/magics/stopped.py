"""An interrupt that shows one line in place of a traceback."""

from __future__ import annotations


class _Stopped(KeyboardInterrupt):
    def _render_traceback_(self) -> list[str]:
        return [f"KeyboardInterrupt: {self}"]


Stopped = type("KeyboardInterrupt", (_Stopped,), {})
"""Raised with what to say; front ends know it by its name, KeyboardInterrupt."""
