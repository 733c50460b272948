"""Whether we make of a record what its vendor's SDK makes of it, for every kind of traffic.

Names of traffic files are those of `../shared/traffic`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from nbprovider import catalog, protocols
from nbprovider.errors import NbproviderError, Unavailable
from nbprovider.types import Opaque, Usage
from recorded import Difference, Outcome, Record, body, differences, failures, replay
from vectors import embedded, outcome

Differences = dict[str, Difference]

SMALL = 2_000
"""Bytes of a body that is fed byte by byte, too; a larger one is cut at random only."""


def differing(traffic: str, record: Record) -> Differences:
    """Return what differs from the record's expectation, also by where its bytes are cut."""
    return KINDS[traffic](record) if traffic in KINDS else _chat(traffic, record)


def _chat(traffic: str, record: Record) -> Differences:
    protocol, usage = CHATS[traffic]
    whole = replay(record, protocol)
    found = differences(_expecting(record), whole, usage) | _planned(record, whole)
    for cuts in ("random", "bytes") if len(body(record)) < SMALL else ("random",):
        if not whole.same_as(replay(record, protocol, cuts)):
            found[f"cut: {cuts}"] = ("another answer", "the same")
    return found


def _expecting(record: Record) -> Record:
    """Return the record in our way of saying what the SDK says, by two rules.

    - A refused question's reason stands in the place of a reason to finish: Google's SDK keeps
      `promptFeedback.blockReason` apart, to us both say why there is no more.
    - An error that the SDK hands over as data, without raising (`in_band_error`), is an error: we
      raise it, with the provider's message, after all that was said and counted before. Its reason
      to finish is then no end of an answer, and we report none.
    """
    expected = record["expected"]
    if not expected:
        return record
    changed = dict(expected)
    if expected.get("block_reason"):
        changed["finish_reason"] = expected["finish_reason"] or expected["block_reason"]
    if (told := expected.get("in_band_error")) and not expected.get("error"):
        changed |= {"error": {"provider_message": str(told), "in_band": True}, "finish_reason": ""}
    return record | {"expected": changed}


def _planned(record: Record, said: Outcome) -> Differences:
    """Compare what Cohere's model means to do with its tools: no text, but kept to be sent back."""
    if not (record["expected"] or {}).get("tool_plan"):
        return {}
    opaque = [part.extra for part in said.turn.parts if isinstance(part, Opaque)]
    ours = "".join(str(extra.get("tool_plan") or "") for extra in opaque)
    plan = record["expected"]["tool_plan"]
    return {} if ours == plan else {"tool_plan": (ours, plan)}


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
    """Compare vectors; what was asked for no embeddings must be refused as holding none.

    Embeddings are posted: a GET is something else that stands under a like address (OpenAI's
    report of usage), of which an SDK may make empty vectors.
    """
    if record.get("method") == "GET":
        found = outcome(record)
        return {} if isinstance(found, Unavailable) else {"vectors": (found, "no embeddings")}
    difference = embedded(record) if record["expected"] else ""
    return {"vectors": (difference, "")} if difference else {}


def _told(record: Record) -> dict[str, Any]:
    """Return the counts that the SDK tells; one that it leaves out is nought."""
    told = record["expected"].get("usage") or {}
    return defaultdict(int, {name: count or 0 for name, count in told.items()})


def _raw(record: Record, name: str) -> Any:
    """Return a part of the SDK's whole usage object."""
    return (record["expected"].get("usage_raw") or {}).get(name)


def _openai_chat(record: Record) -> Usage | None:
    """Return the counts in our way of counting, by the rules of each provider's documentation."""
    if not (told := _told(record)):
        return None
    read = told["cache_read"] or _raw(record, "prompt_cache_hit_tokens") or 0
    written, reasoning = told["cache_write"], told["reasoning"]
    fresh = told["input"] if read > told["input"] else max(told["input"] - read - written, 0)
    on_top = reasoning if record["provider"] == "xai" else 0
    return Usage(fresh, told["output"] + on_top, read, written, reasoning)


def _responses(record: Record) -> Usage | None:
    """Return the counts: cached input is no new input."""
    if not (told := _told(record)):
        return None
    read, written = told["cache_read"], told["cache_write"]
    fresh = max(told["input"] - read - written, 0)
    return Usage(fresh, told["output"], read, written, told["reasoning"])


def _anthropic(record: Record) -> Usage | None:
    """Return the counts; the SDK's summary leaves out the thinking that its raw counts name."""
    if not (told := _told(record)):
        return None
    details = _raw(record, "output_tokens_details") or {}
    counts = (told[name] for name in ("input", "output", "cache_read", "cache_write"))
    return Usage(*counts, details.get("thinking_tokens"))


def _gemini(record: Record) -> Usage | None:
    """Return the counts in our way of counting.

    Google counts the cached into the prompt, what tools gave to read beside it, and thoughts
    beside the words.
    """
    if not (told := _told(record)):
        return None
    fresh = told["input"] + told["tool_use_prompt"] - told["cache_read"]
    said = told["output"] + told["reasoning"]
    return Usage(fresh, said, told["cache_read"], reasoning=told["reasoning"])


def _mistral(record: Record) -> Usage | None:
    """Return the counts: what was cached is among the input."""
    if not (told := _told(record)):
        return None
    return Usage(told["input"] - told["cache_read"], told["output"], told["cache_read"])


def _cohere(record: Record) -> Usage | None:
    """Return the counts: cached tokens are among the input, reasoning is among the output.

    The SDK does not know `reasoning_tokens`, but keeps them as they came.
    """
    if not (told := _told(record)):
        return None
    reasoning = (_raw(record, "tokens") or {}).get("reasoning_tokens")
    fresh = told["input"] - told["cache_read"]
    return Usage(fresh, told["output"], told["cache_read"], None, reasoning)


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
    except Exception as error:  # noqa: BLE001 - a strange record must not end the run
        return {"crashed": (repr(error), "an answer")}
