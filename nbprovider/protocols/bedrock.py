"""Amazon Bedrock's Converse: `POST /model/{id}/converse-stream`, an AWS event stream.

Wire facts: AWS's reference of Converse, ConverseStream, ListFoundationModels and
ListInferenceProfiles, and botocore 1.44.5's service models.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbprovider.protocols.bedrock_faults import error
from nbprovider.protocols.bedrock_reply import State, close, events, whole
from nbprovider.protocols.bedrock_request import PROFILES, build, models
from nbprovider.protocols.contract import FramingName, Listed, Page

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

FRAMING: FramingName = "aws"


def parse_models(payload: Any) -> Page:
    """Return the models of one of the two lists: profiles follow the foundation models.

    A foundation model that cannot be called by its own id is left out: its profiles can.
    """
    if "modelSummaries" in payload:
        listed = map(_foundation, filter(_is_callable, payload["modelSummaries"]))
        return Page(tuple(listed), PROFILES)
    profiles = payload["inferenceProfileSummaries"]
    token = payload.get("nextToken")
    return Page(tuple(map(_profile, profiles)), f"{PROFILES}{token}" if token else None)


def _is_callable(summary: dict[str, Any]) -> bool:
    kinds = summary.get("inferenceTypesSupported")
    return kinds is None or "ON_DEMAND" in kinds


def _foundation(summary: dict[str, Any]) -> Listed:
    lifecycle = summary.get("modelLifecycle") or {}
    ends = lifecycle.get("endOfLifeTime")
    return Listed(
        summary["modelId"],
        summary.get("modelName") or "",
        can=tuple(_abilities(summary)),
        retires=None if ends is None else str(ends),
    )


def _abilities(summary: dict[str, Any]) -> Iterator[str]:
    """Yield our words for what a model takes and gives."""
    given = summary.get("outputModalities") or ()
    if "TEXT" in given and summary.get("responseStreamingSupported"):
        yield "chat"
    if "EMBEDDING" in given:
        yield "embedding"
    if "IMAGE" in (summary.get("inputModalities") or ()):
        yield "vision"


def _profile(summary: dict[str, Any]) -> Listed:
    return Listed(summary["inferenceProfileId"], summary.get("inferenceProfileName") or "")
