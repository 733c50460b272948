"""What recorded replies say was used, and what that costs: read and worked out without our code.

Only `json`, the bytes, the wire's field names and the price list's own rows are used here, so that
a mistake in our protocols or in our pricing is none that this repeats.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from urllib.parse import unquote

Wire = dict[str, Any]
Counts = dict[str, Any]


@dataclass
class Used:
    """Tokens by what they are paid as: each token once, in one of them."""

    counts: Counts = field(default_factory=dict)
    model: str = ""
    asked: str = ""
    tier: str = ""
    region: str = ""
    charged: Decimal | None = None

    @property
    def read(self) -> int:
        """All tokens read, which decide about the border of a long prompt."""
        return sum(n for kind, n in self.counts.items() if kind in READ)


READ = {"input", "audio", "image_read", "cached", "written", "written_1h"}


def payloads(data: bytes) -> Iterator[Any]:
    """Yield the JSON values of a reply: one, a list, lines, server-sent events, AWS's frames."""
    if data[:1] == b"\0":
        yield from _frames(data)
        return
    text = data.decode("utf-8", "replace")
    try:
        whole = json.loads(text, parse_float=Decimal)
    except ValueError:
        yield from _lines(text)
    else:
        yield from whole if isinstance(whole, list) else [whole]


def _lines(text: str) -> Iterator[Any]:
    for line in text.replace("\r", "\n").split("\n"):
        told = line.removeprefix("data:").strip()
        try:
            yield json.loads(told, parse_float=Decimal)
        except ValueError:
            continue


def _frames(data: bytes) -> Iterator[Any]:
    at = 0
    while at + 16 <= len(data):
        total, headers = struct.unpack(">II", data[at : at + 8])
        yield json.loads(data[at + 12 + headers : at + total - 4] or b"{}", parse_float=Decimal)
        at += total


def asked(record: Wire) -> str:
    """Return the model that was asked: in the body, or in the address."""
    named = (record["request_json"] or {}).get("model")
    path = unquote(record["url"]).split("?")[0]
    for mark in ("/models/", "/model/", "/deployments/"):
        if not named and mark in path:
            named = path.split(mark)[1].split("/")[0].split(":generate")[0].split(":stream")[0]
    return (named or "").removeprefix("models/")


def of(traffic: str, record: Wire, data: bytes) -> Used | None:
    """Return what a reply says was used, None when it says nothing."""
    told = [one for one in payloads(data) if isinstance(one, dict)]
    used = READERS[traffic](told)
    if used is not None:
        used.asked = asked(record)
    return used


def _openai_chat(told: list[Wire]) -> Used | None:
    places = [one.get("usage") or (one.get("x_groq") or {}).get("usage") for one in told]
    usage = next((one for one in reversed(places) if isinstance(one, dict)), None)
    if usage is None or usage.get("prompt_tokens") is None:
        return None
    read = usage.get("prompt_tokens_details") or usage.get("prompt_token_details") or {}
    said = usage.get("completion_tokens_details") or usage.get("completion_token_details") or {}
    cached = read.get("cached_tokens")
    if cached is None:
        cached = usage.get("prompt_cache_hit_tokens", usage.get("cached_tokens"))
    cached, written = cached or 0, read.get("cache_write_tokens") or 0
    spoken, heard = said.get("audio_tokens") or 0, read.get("audio_tokens") or 0
    output = usage.get("completion_tokens") or 0
    thought = said.get("reasoning_tokens") or 0
    if usage.get("total_tokens") == usage["prompt_tokens"] + output + thought:
        output += thought  # xAI adds it on top, and its total shows it
    return Used(
        {
            "input": usage["prompt_tokens"] - cached - written - heard,
            "cached": cached,
            "written": written,
            "audio": heard,
            "output": output - spoken,
            "spoken": spoken,
        },
        _last(told, "model"),
        tier=_last(told, "service_tier"),
        charged=_charged(usage, told),
    )


def _charged(usage: Wire, told: list[Wire]) -> Decimal | None:
    """Return what a reply says it costs, wherever the gateways write it."""
    cost = usage.get("cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if cost is None:
        beside = [one["cost"] for one in told if isinstance(one.get("cost"), dict)]
        cost = beside[-1].get("usd") if beside else None
    if usage.get("is_byok"):
        upstream = (usage.get("cost_details") or {}).get("upstream_inference_cost")
        return None if upstream is None else _decimal(cost or 0) + _decimal(upstream)
    if cost is None:
        cost = usage.get("estimated_cost")
    if cost is None and usage.get("cost_in_usd_ticks"):
        return Decimal(usage["cost_in_usd_ticks"]).scaleb(-10)
    return None if cost is None else _decimal(cost)


def _decimal(number: Any) -> Decimal:
    return Decimal(str(number))


def _responses(told: list[Wire]) -> Used | None:
    whole = [one.get("response") if "response" in one else one for one in told]
    whole = [one for one in whole if isinstance(one, dict) and one.get("usage")]
    if not whole:
        return None
    final = whole[-1]
    usage, read = final["usage"], final["usage"].get("input_tokens_details") or {}
    cached, written = read.get("cached_tokens") or 0, read.get("cache_write_tokens") or 0
    hosted = (final.get("tool_usage") or {}).get("web_search") or {}
    calls = [one for one in final.get("output") or () if one.get("type") == "web_search_call"]
    searches = [c for c in calls if (c.get("action") or {}).get("type", "search") == "search"]
    return Used(
        {
            "input": usage["input_tokens"] - cached - written,
            "cached": cached,
            "written": written,
            "output": usage["output_tokens"],
            "searches": hosted.get("num_requests", len(searches)),
            "files": len([o for o in final.get("output") or () if o["type"] == "file_search_call"]),
        },
        final.get("model") or "",
        tier=final.get("service_tier") or "",
        charged=_charged(usage, [final]),
    )


def _anthropic(told: list[Wire]) -> Used | None:
    usage: Wire = {}
    for one in told:
        for place in (one, one.get("message") or {}):
            told_here = place.get("usage") if isinstance(place, dict) else None
            usage |= {k: v for k, v in (told_here or {}).items() if v is not None}
    if "input_tokens" not in usage:
        return None
    hour = (usage.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0
    blocks = [one["content_block"] for one in told if "content_block" in one]
    blocks += [block for one in told for block in one.get("content") or ()]
    moved = [block["to"]["model"] for block in blocks if block.get("type") == "fallback"]
    served = [one.get("model") or (one.get("message") or {}).get("model") for one in told]
    return Used(
        {
            "input": usage["input_tokens"],
            "cached": usage.get("cache_read_input_tokens") or 0,
            "written": (usage.get("cache_creation_input_tokens") or 0) - hour,
            "written_1h": hour,
            "output": usage.get("output_tokens") or 0,
            "searches": (usage.get("server_tool_use") or {}).get("web_search_requests") or 0,
        },
        next(filter(None, [*moved[::-1], *served]), ""),
        tier="fast" if usage.get("speed") == "fast" else usage.get("service_tier") or "",
        region="us" if usage.get("inference_geo") == "us" else "",
        charged=None if usage.get("cost") is None else _decimal(usage["cost"]),
    )


def _gemini(told: list[Wire]) -> Used | None:
    reports = [one["usageMetadata"] for one in told if one.get("usageMetadata")]
    if not reports or "promptTokenCount" not in reports[-1]:
        return None
    usage = reports[-1]
    cached = usage.get("cachedContentTokenCount") or 0
    heard, spoken = _modality(usage, "prompt", "AUDIO"), _modality(usage, "candidates", "AUDIO")
    seen, drawn = _modality(usage, "prompt", "IMAGE"), _modality(usage, "candidates", "IMAGE")
    heard -= min(heard, _modality(usage, "cache", "AUDIO"))
    tool = usage.get("toolUsePromptTokenCount") or 0
    tier = usage.get("serviceTier") or usage.get("trafficType")
    output = (usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0)
    return Used(
        {
            "input": usage["promptTokenCount"] + tool - cached - heard - seen,
            "image_read": seen,
            "cached": cached,
            "audio": heard,
            "output": output - spoken - drawn,
            "spoken": spoken,
            "drawn": drawn,
            "searches": _grounded(told),
        },
        _last(told, "modelVersion"),
        tier=tier if isinstance(tier, str) else "",  # a number is Vertex's word for no tier
    )


def _modality(usage: Wire, of: str, kind: str) -> int:
    rows = usage.get(f"{of}TokensDetails") or ()
    return sum(row.get("tokenCount") or 0 for row in rows if row.get("modality") == kind)


def _grounded(told: list[Wire]) -> int:
    """Return the searches that Google bills; the last list of a stream is the whole one.

    Before Gemini 3 a grounded prompt counts once, since then each different query.
    """
    last: list[str] = []
    for one in told:
        for candidate in one.get("candidates") or ():
            last = (candidate.get("groundingMetadata") or {}).get("webSearchQueries") or last
    different = len({query for query in last if query})
    by_prompt = _last(told, "modelVersion").startswith(("gemini-1", "gemini-2"))
    return min(different, 1) if by_prompt else different


def _bedrock(told: list[Wire]) -> Used | None:
    usages = [one["usage"] for one in told if isinstance(one.get("usage"), dict)]
    if not usages or "inputTokens" not in usages[-1]:
        return None
    usage = usages[-1]
    details = usage.get("cacheDetails") or ()
    hour = sum(one["inputTokens"] for one in details if one.get("ttl") == "1h")
    return Used(
        {
            "input": usage["inputTokens"],
            "cached": usage.get("cacheReadInputTokens") or 0,
            "written": (usage.get("cacheWriteInputTokens") or 0) - hour,
            "written_1h": hour,
            "output": usage["outputTokens"],
        },
        tier=next((one["serviceTier"]["type"] for one in told if one.get("serviceTier")), ""),
    )


def _cohere(told: list[Wire]) -> Used | None:
    usages = [(one.get("delta") or one).get("usage") for one in told]
    usage = next((one for one in reversed(usages) if one), None)
    billed = (usage or {}).get("billed_units") or {}
    if "input_tokens" not in billed:
        return None
    return Used({"input": int(billed["input_tokens"]), "output": int(billed["output_tokens"])})


def _embeddings(told: list[Wire]) -> Used | None:
    whole = told[0] if told else {}
    billed = (whole.get("meta") or {}).get("billed_units") or {}
    usage = whole.get("usage") or {}
    read = usage.get("prompt_tokens", usage.get("total_tokens", billed.get("input_tokens")))
    if read is None:
        return None
    return Used({"input": int(read)}, whole.get("model") or "", charged=_charged(usage, told))


def _sound(told: list[Wire]) -> Used | None:
    """Return what was heard: in tokens, or in seconds where nobody counts tokens."""
    done = [one for one in told if one.get("usage") or "duration" in one]
    if not done:
        return None
    usage = done[-1].get("usage") or {}
    seconds = usage.get("seconds") or usage.get("prompt_audio_seconds") or done[-1].get("duration")
    read = usage.get("input_tokens", usage.get("prompt_tokens"))
    details = usage.get("input_token_details") or usage.get("prompt_tokens_details") or {}
    heard = details.get("audio_tokens") or 0
    counts = {"seconds": seconds or 0}
    if read is not None:
        beside = usage.get("input_tokens") is None and heard > read  # Mistral counts sound apart
        counts |= {"input": read if beside else read - heard, "audio": heard}
        counts |= {"output": usage.get("output_tokens", usage.get("completion_tokens")) or 0}
    return Used(counts, _last(told, "model"), charged=_charged(usage, told))


def _last(told: list[Wire], key: str) -> str:
    return next((str(one[key]) for one in reversed(told) if one.get(key)), "")


READERS = {
    "openai-chat": _openai_chat,
    "mistral": _openai_chat,
    "openai-responses": _responses,
    "anthropic-messages": _anthropic,
    "gemini": _gemini,
    "bedrock-converse": _bedrock,
    "cohere-v2": _cohere,
    "embeddings": _embeddings,
    "openai-audio": _sound,
}

RATES = {
    "input": ("input_mtok",),
    "image_read": ("input_image_mtok", "input_mtok"),
    "audio": ("input_audio_mtok", "input_mtok"),
    "cached": ("cache_read_mtok", "input_mtok"),
    "written": ("cache_write_mtok", "input_mtok"),
    "written_1h": ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok"),
    "output": ("output_mtok",),
    "spoken": ("output_audio_mtok", "output_mtok"),
    "drawn": ("output_image_mtok", "output_mtok"),
    "searches": ("web_searches_kcount",),
    "files": ("storage_searches_kcount",),
}
"""Kind → the list's rate for it, the first that a model has."""


def nano(used: Used, rates: Any, times: Decimal = Decimal(1)) -> int | None:
    """Return the nano-dollars at a model's rates, None when something used has no rate.

    `rates` is the list's own object; `times` is what its tokens cost more in a region.
    """
    if rates.input_audio_hours is not None and rates.input_mtok is None:
        seconds = used.counts.get("seconds")
        return rounded(rates.input_audio_hours * _decimal(seconds) / 3600) if seconds else None
    dollars = Decimal(0)
    if rates.requests_kcount is not None:
        dollars += rates.requests_kcount / 1000
    for kind, count in used.counts.items():
        if kind == "seconds":
            continue
        rate = next((r for n in RATES[kind] if (r := getattr(rates, n)) is not None), None)
        if count and rate is None:
            return None
        each = Decimal(1) / 1000 if kind in ("searches", "files") else times / 1_000_000
        dollars += _at(rate, used.read) * count * each
    return rounded(dollars)


def _at(rate: Any, read: int) -> Decimal:
    if rate is None or isinstance(rate, Decimal):
        return rate or Decimal(0)
    beyond = [tier.price for tier in rate.tiers if read > tier.start]
    return Decimal(beyond[-1] if beyond else rate.base)


def rounded(dollars: Decimal) -> int:
    return int(dollars.scaleb(9).to_integral_value(ROUND_HALF_EVEN))


def active(model: Any, at: datetime) -> Any:
    """Return a model's standard rates at a time: the last row whose condition holds."""
    rows = model.prices if isinstance(model.prices, list) else None
    if rows is None:
        return model.prices
    holding = [r for r in rows if r.constraint is None or r.constraint.active(at)]
    return (holding[-1] if holding else rows[0]).prices
