"""An organisation's gateway with JSON of its own, read by the `[proxy]` table of its provider file.

The shape is the file's, not ours: `nbprovider.catalog.proxy` says what the table can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.catalog.proxy import Proxy
from nbprovider.errors import ConfigError, ProviderError
from nbprovider.protocols import plain
from nbprovider.protocols.contract import FramingName, Listed, Page
from nbprovider.protocols.faults import fault, opened, unreadable
from nbprovider.protocols.json_paths import at, put
from nbprovider.protocols.options import translate
from nbprovider.types import (
    Call,
    Delta,
    Event,
    Finish,
    Report,
    Request,
    Served,
    Text,
    Thinking,
    Usage,
)

FRAMING: FramingName = "sse"

HEADERS = {"content-type": "application/json"}

THOUGHT, TEXT = 0, 1
"""The places of the parts in the turn."""

EXPLAINING = (
    "message",
    "error",
    "errors",
    "detail",
    "details",
    "description",
    "reason",
    "title",
    "msg",
)
"""Names under which gateways say what went wrong."""

NAMING = ("id", "name", "model")
"""Names under which a list of models has a model's id."""


class State:
    """What one reply needs remembered: the table, and whether words and an end were heard."""

    def __init__(self, call: Call, provider: Provider) -> None:
        del call  # the reply is read the same way, whatever was asked
        self.done = False
        self.provider = provider
        self.proxy = table(provider)
        self.served = False
        self.spoken = False
        self.ended = False


def table(provider: Provider) -> Proxy:
    """Return the provider's `[proxy]` table; raises ConfigError when it has none."""
    if provider.proxy is None:
        raise ConfigError(
            f"{provider.name} does not say what its JSON looks like.",
            hint=f"Write a [proxy] table into {provider.key}.toml.",
        )
    return provider.proxy


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`.

    Raises UsageError for an option, a tool, a schema or a medium that the table has no place for,
    and ConfigError where two of its places contradict each other.
    """
    provider = endpoint.provider
    proxy = table(provider)
    plain.check(call, provider)
    streams = call.stream and proxy.stream != "none"
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(provider.quirks.body))
    for place, value in _fields(call, provider, proxy, streams=streams):
        put(body, place, value, provider)
    path = (proxy.stream_path if streams else "") or proxy.path
    url = endpoint.url(path.replace("{model}", quote(call.model, safe="")), call.model)
    return Request("POST", url, HEADERS, msgspec.json.encode(body))


def _fields(
    call: Call, provider: Provider, proxy: Proxy, *, streams: bool
) -> Iterator[tuple[str, Any]]:
    """Yield each place that is filled, and what goes there."""
    asking, system = proxy.request, plain.instructions(call)
    yield asking.model, call.model
    yield asking.stream, streams
    if asking.system and system:
        yield asking.system, system
    inside = "" if asking.system else system
    if asking.messages:
        yield asking.messages, _messages(call, provider, proxy, inside)
    else:
        yield asking.prompt, plain.prompt(call, provider, inside)
    yield from translate(call.options, asking.options, provider).items()


def _messages(call: Call, provider: Provider, proxy: Proxy, system: str) -> list[dict[str, str]]:
    asking = proxy.request
    turns = [("system", system)] if system else []
    return [
        {asking.role: asking.roles.get(role, role), asking.content: text}
        for role, text in (*turns, *plain.turns(call, provider))
    ]


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one piece of a stream says; raises ProviderError for one that is an error."""
    proxy = state.proxy
    text = proxy.delta.text or proxy.reply.text
    return _said(payload, text, proxy.delta.thinking or proxy.reply.thinking, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what a reply in one piece says; it has ended by being there."""
    reply = state.proxy.reply
    yield from _said(payload, reply.text, reply.thinking, state)
    if state.spoken and not state.ended:
        yield _end(None, state)


def _said(payload: Any, text: str, thinking: str, state: State) -> Iterator[Event]:
    _raise(payload, state)
    yield from _served(payload, state)
    if words := at(payload, thinking):
        yield Delta(THOUGHT, Thinking(_text(words)))
    if (words := at(payload, text)) is not None:
        state.spoken = True
        if words != "":
            yield Delta(TEXT, Text(_text(words)))
    usage = _usage(payload, state)
    if usage != Usage():
        yield Report(usage)
    if reason := at(payload, state.proxy.reply.finish):
        yield _end(reason, state)


def close(state: State) -> Iterator[Event]:
    """Yield the end of a stream that the table knows no sign of: the mark [DONE], or its last byte.

    Where the table says where the reason is, a stream without one was cut off.
    """
    unmarked = not state.proxy.reply.finish and state.spoken
    if not state.ended and (state.done or unmarked):
        yield _end(None, state)


def _end(reason: Any, state: State) -> Finish:
    state.ended = True
    if reason is None or isinstance(reason, bool):
        return Finish("stop")
    raw = _text(reason)
    reply = state.proxy.reply
    return Finish(reply.reasons.get(raw, "other" if reply.reasons else "stop"), raw)


def _text(value: Any) -> str:
    """Return a value as text: JSON for what is none."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _served(payload: Any, state: State) -> Iterator[Event]:
    model = at(payload, state.proxy.reply.model)
    if model and not state.served:
        state.served = True
        id_ = at(payload, state.proxy.reply.id)
        yield Served(_text(model), None if id_ is None else _text(id_))


def _usage(payload: Any, state: State) -> Usage:
    """Return the tokens; the quirks say whether the cache and the reasoning are counted in."""
    where, quirks = state.proxy.usage, state.provider.quirks
    read, written = _count(at(payload, where.input)), _count(at(payload, where.output))
    cached, stored = _count(at(payload, where.cache_read)), _count(at(payload, where.cache_write))
    thought, cost = _count(at(payload, where.reasoning)), at(payload, where.cost)
    if read is not None and not quirks.input_excludes_cache:
        read = max(0, read - (cached or 0) - (stored or 0))
    if written is not None and quirks.output_excludes_reasoning:
        written += thought or 0
    return Usage(read, written, cached, stored, thought, None if cost is None else {"cost": cost})


def _count(value: Any) -> int | None:
    whole_ = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return int(value) if whole_ else None


def _raise(payload: Any, state: State) -> None:
    """Raise the error that a payload is, if it is one."""
    reply = state.proxy.reply
    if told := at(payload, reply.error):
        raise fault(None, _code(payload, reply.code), _words(told), detail=_text(payload)[:2000])


def _code(payload: Any, path: str) -> str | None:
    code = at(payload, path)
    return None if code is None else _text(code)


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error of a refusal whose shape nobody has described."""
    payload = opened(body)
    words = _words(payload)
    if not words:
        return unreadable(status, headers, body)
    detail = body[:2000].decode("utf-8", "replace")
    return fault(status, None, words, headers=headers, detail=detail)


def error_by(
    provider: Provider, status: int, headers: Mapping[str, str], body: bytes
) -> ProviderError:
    """Return the error that a refusal means, as the provider's table reads it."""
    reply, payload = table(provider).reply, opened(body)
    words = _words(at(payload, reply.error)) or _words(payload)
    if not words:
        return error(status, headers, body)
    detail = body[:2000].decode("utf-8", "replace")
    return fault(status, _code(payload, reply.code), words, headers=headers, detail=detail)


def _words(told: Any) -> str:
    """Return what an error says in words, wherever gateways put them; "" for none."""
    if isinstance(told, str):
        return told
    if isinstance(told, list):
        return next(filter(None, map(_words, told)), "")
    if isinstance(told, dict):
        return next(filter(None, (_words(told.get(name)) for name in EXPLAINING)), "")
    return ""


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Return the request that lists models; there is one page."""
    del after
    return Request("GET", endpoint.url(endpoint.provider.models.path), HEADERS)


def parse_models(payload: Any) -> Page:
    """Return the models of the first list that there is: names, or objects with an id or a name."""
    entries = payload if isinstance(payload, list) else _first_list(payload)
    return Page(tuple(Listed(name) for name in map(_model, entries) if name))


def _first_list(payload: Any) -> list[Any]:
    return next((value for value in payload.values() if isinstance(value, list)), [])


def _model(entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    told = (entry.get(name) for name in NAMING)
    return next((name for name in told if isinstance(name, str) and name), "")
