"""Mistral's chat: Chat Completions, with content in chunks and requests in words of its own.

What comes back is read as Chat Completions are; only what is sent differs.
"""

from __future__ import annotations

from nbprovider.protocols.mistral_request import build
from nbprovider.protocols.openai_chat import (
    FRAMING,
    State,
    close,
    error,
    events,
    models,
    parse_models,
    whole,
)

__all__ = [
    "FRAMING",
    "State",
    "build",
    "close",
    "error",
    "events",
    "models",
    "parse_models",
    "whole",
]
