"""Cohere's chat, version 2: `POST /v2/chat`, one JSON object an event.

Source: cohere 7.3.1 and docs.cohere.com/v2/reference/chat, November 2026.
"""

from __future__ import annotations

from nbprovider.protocols.cohere_models import parse_models
from nbprovider.protocols.cohere_reply import State, close, events, whole
from nbprovider.protocols.cohere_request import build, models
from nbprovider.protocols.contract import FramingName
from nbprovider.protocols.openai_chat_errors import error

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

FRAMING: FramingName = "sse"
