"""Whether we make of a record what its vendor's SDK makes of it, for every kind of traffic.

Names of traffic files are those of `../shared/traffic`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nbprovider import catalog, protocols
from nbprovider.errors import NbproviderError
from nbprovider.types import Usage
from recorded import Difference, Outcome, Record, body, differences, failures, replay
from vectors import embedded

Differences = dict[str, Difference]


def differing(traffic: str, record: Record) -> Differences:
    """Return what differs from the record's expectation, also by where its bytes are cut."""
    return KINDS[traffic](record) if traffic in KINDS else _chat(traffic, record)


def _chat(traffic: str, record: Record) -> Differences:
    protocol, usage = CHATS[traffic]
    whole = replay(record, protocol)
    found = differences(_expecting(record), whole, usage)
    if not whole.same_as(replay(record, protocol, "random")):
        found["cuts"] = ("another answer when cut", "the same")
    return found


def _expecting(record: Record) -> Record:
    """Return the record with a refused question's reason in the place of a reason to finish.

    Google's SDK keeps `promptFeedback.blockReason` apart; to us both say why there is no more.
    """
    expected = record["expected"]
    if not expected or not expected.get("block_reason"):
        return record
    reason = expected["finish_reason"] or expected["block_reason"]
    return record | {"expected": expected | {"finish_reason": reason}}


def _listed(record: Record) -> Differences:
    """Compare the ids of a list of models; Google's without the folder that they all stand in."""
    if record["expected"] is None:
        return {}
    key = record["provider"]
    module = protocols.load(catalog.find(key).protocol if catalog.known(key) else "openai_chat")
    status, expected = record["response_status"], record["expected"]
    if status >= 400:
        error = module.error(status, record["response_headers"] or {}, body(record))
        pairs = dict(failures(record, Outcome((), error)))
    else:
        ids = [model.id for model in module.parse_models(json.loads(body(record))).models]
        told = [one.removeprefix("models/") for one in expected.get("ids") or []]
        # a long list's ids are not all told, but its length is
        pairs = {"ids": (ids[: len(told)], told), "count": (len(ids), expected["count"])}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _embedded(record: Record) -> Differences:
    difference = embedded(record) if record["expected"] else ""
    return {"vectors": (difference, "")} if difference else {}


def _told(record: Record) -> dict[str, Any]:
    return record["expected"].get("usage") or {}


def _openai_chat(record: Record) -> Usage | None:
    """Return the counts in our way of counting, by the rules of each provider's documentation."""
    if not (told := _told(record)):
        return None
    raw = record["expected"]["usage_raw"]
    hits = raw.get("prompt_cache_hit_tokens")
    read = (told["cache_read"] if told["cache_read"] is not None else hits) or 0
    written, reasoning = told["cache_write"] or 0, told["reasoning"] or 0
    fresh = told["input"] if read > told["input"] else max(told["input"] - read - written, 0)
    on_top = reasoning if record["provider"] == "xai" else 0
    return Usage(fresh, told["output"] + on_top, read, written, reasoning)


def _responses(record: Record) -> Usage | None:
    """Return the counts: cached input is no new input."""
    if not (told := _told(record)):
        return None
    read, written = told["cache_read"] or 0, told["cache_write"] or 0
    fresh = max(told["input"] - read - written, 0)
    return Usage(fresh, told["output"], read, written, told["reasoning"])


def _anthropic(record: Record) -> Usage | None:
    """Return the counts; the SDK's summary leaves out the thinking that its raw counts name."""
    if not (told := _told(record)):
        return None
    details = record["expected"]["usage_raw"].get("output_tokens_details") or {}
    counts = (told[name] for name in ("input", "output", "cache_read", "cache_write"))
    return Usage(*counts, details.get("thinking_tokens"))


def _gemini(record: Record) -> Usage | None:
    """Return the counts in our way of counting.

    Google counts the cached into the prompt, what tools gave to read beside it, and thoughts
    beside the words.
    """
    if not (told := _told(record)):
        return None
    counts = {name: count or 0 for name, count in told.items()}
    fresh = counts["input"] + counts["tool_use_prompt"] - counts["cache_read"]
    said = counts["output"] + counts["reasoning"]
    return Usage(fresh, said, counts["cache_read"], reasoning=counts["reasoning"])


def _mistral(record: Record) -> Usage | None:
    """Return the counts: what was cached is among the input."""
    if not (told := _told(record)):
        return None
    cached = told["cache_read"] or 0
    return Usage(told["input"] - cached, told["output"], cached)


def _cohere(record: Record) -> Usage | None:
    """Return the counts: cached tokens are among the input, reasoning is among the output.

    The SDK does not know `reasoning_tokens`, but keeps them as they came.
    """
    if not (told := _told(record)):
        return None
    cached = told["cache_read"] or 0
    raw = record["expected"]["usage_raw"].get("tokens") or {}
    fresh = (told["input"] or 0) - cached
    return Usage(fresh, told["output"], cached, None, raw.get("reasoning_tokens"))


def _ollama(record: Record) -> Usage | None:
    """Return the counts; Ollama knows none but these two."""
    told = _told(record)
    return Usage(told["input"], told["output"]) if told else None


def _bedrock(record: Record) -> Usage | None:
    """Return the counts in our way of counting, which is Bedrock's: input leaves out the cache."""
    if not (told := _told(record)):
        return None
    names = ("input", "output", "cache_read", "cache_write", "reasoning")
    return Usage(*(told[name] for name in names))


CHATS: dict[str, tuple[str, Callable[[Record], Usage | None]]] = {
    "anthropic-messages": ("anthropic", _anthropic),
    "bedrock-converse": ("bedrock", _bedrock),
    "cohere-v2": ("cohere", _cohere),
    "gemini": ("gemini", _gemini),
    "mistral": ("mistral", _mistral),
    "ollama-chat": ("ollama", _ollama),
    "openai-chat": ("openai_chat", _openai_chat),
    "openai-responses": ("openai_responses", _responses),
}
"""Traffic file → the protocol that reads it, and what its usage is in our counting."""

KINDS: dict[str, Callable[[Record], Differences]] = {
    "embeddings": _embedded,
    "models": _listed,
}
"""Traffic file that holds no conversations → how to compare its records."""

CLAIMED = (*CHATS, *KINDS)
"""The traffic that we claim to read as the vendors' SDKs do."""


def judged(traffic: str, record: Record) -> Differences:
    """Return what differs, where a failure of ours is a difference as well."""
    try:
        return differing(traffic, record)
    except NbproviderError as error:
        return {"failed": (repr(error), "an answer")}
    except Exception as error:  # noqa: BLE001  a strange record must not end the run
        return {"crashed": (repr(error), "an answer")}
