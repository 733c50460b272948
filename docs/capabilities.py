"""Write docs/capabilities.md by asking every protocol for everything, and seeing what it refuses.

Run it as `python docs/capabilities.py` when a protocol or a provider file has changed.
"""

# ruff: noqa: INP001 - a script, no part of a package

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from nbprovider import protocols
from nbprovider.catalog import Endpoint, Provider, files
from nbprovider.errors import UsageError
from nbprovider.protocols.options import check
from nbprovider.types import Call, Media, Message, Options, Text, Tool, ToolCall, ToolResult

PAGE = Path(__file__).resolve().parent / "capabilities.md"

ADDRESS = "http://127.0.0.1:9/v1"
YES, SOME, NO = "yes", "some", "no"

ASK = (Message("user", (Text("Hello"),)),)
FIND, LOOK = (Tool(name, "Finds.", {"properties": {}}) for name in ("find_it", "look_at_it"))
TWICE = (
    *ASK,
    Message("assistant", (ToolCall("c1", FIND.name, "{}"), ToolCall("c2", LOOK.name, "{}"))),
    Message("tool", (ToolResult("c1", FIND.name, "one"), ToolResult("c2", LOOK.name, "two"))),
)
SCHEMA = {
    "type": "object",
    "properties": {"width": {"type": "integer"}},
    "required": ["width"],
    "additionalProperties": False,
}


def _with(medium: Media) -> tuple[Message, ...]:
    return (Message("user", (Text("What is this?"), medium)),)


IMAGE = _with(Media("image", "image/png", b"\x89PNG\r\n\x1a\nnone"))
PDF = _with(Media("document", "application/pdf", b"%PDF-1.7 none", name="a.pdf"))
SOUND = _with(Media("audio", "audio/wav", b"RIFFnoneWAVEfmt "))


def _option(**given: Any) -> Callable[[str], Call]:
    return lambda model: Call(model, ASK, Options(**given))


ASKED: dict[str, Callable[[str], Call]] = {
    "streamed": lambda model: Call(model, ASK),
    "in one piece": lambda model: Call(model, ASK, stream=False),
    "tools": lambda model: Call(model, ASK, tools=(FIND,)),
    "several calls at once": lambda model: Call(model, TWICE, tools=(FIND, LOOK)),
    "some tool forced": lambda model: Call(model, ASK, tools=(FIND, LOOK), tool_choice="required"),
    "one tool forced": lambda model: Call(model, ASK, tools=(FIND, LOOK), tool_choice=FIND.name),
    "images": lambda model: Call(model, IMAGE),
    "PDFs": lambda model: Call(model, PDF),
    "sounds": lambda model: Call(model, SOUND),
    "`effort`": _option(effort="low"),
    "`cache`": _option(cache="5m"),
    "`json`": _option(json=True),
    "JSON schema": lambda model: Call(model, ASK, schema=SCHEMA),
    "`max_tokens`": _option(max_tokens=9),
    "`temperature`": _option(temperature=0.5),
    "`top_p`": _option(top_p=0.5),
    "`top_k`": _option(top_k=9),
    "`seed`": _option(seed=9),
    "`stop`": _option(stop=("END",)),
}
"""What is asked for → a call that asks a model for it."""

CITING = {
    "anthropic",
    "bedrock",
    "cohere",
    "gemini",
    "mistral",
    "openai_chat",
    "openai_responses",
}
"""Protocols that tell sources: seen in replies only, so kept by hand."""

INTRODUCTION = """\
# Capabilities

<!-- Written by docs/capabilities.py. Do not edit. -->

What can be asked for, by the protocol that a provider speaks. The tables are made by asking: each
protocol builds a request for each of these, and either sends it or refuses it by name. What is
refused is refused before anything is sent; nothing is left out in silence.

- **yes**: it is sent. Whether a model can do it is another matter: one that cannot says so.
- **some**: only some providers, or some models, that speak the protocol are sent it.
- **no**: refused.

`json` alone is refused where JSON can be had by a schema only. Programs (`cli_`) run with tools of
their own.

[Each provider's page](providers.md) says which protocol it speaks. How to ask for these:
[Magics](magics.md), [Python](python.md). A field that nobody here knows goes by `-x` or `extra`."""

DIFFERENT = """\
## Who differs

These providers refuse what most others of their protocol take, or take more."""


def page() -> str:
    """Return the page as it should be."""
    return f"{INTRODUCTION}\n\n{_table()}\n\n{DIFFERENT}\n\n{_departures()}\n"


@cache
def providers() -> tuple[Provider, ...]:
    """Return our providers by key; a user's own files are not looked at."""
    found = sorted(map(files.parse, files.OURS.glob("*.toml")), key=lambda p: p.key)
    return tuple(one for one in found if one.kind != "retired")


def _table() -> str:
    names = sorted(protocols.OWN)
    rows = [_row("", *(f"`{name}`" for name in names)), _row("---", *["---"] * len(names))]
    for what, ask in ASKED.items():
        rows.append(_row(what, *(_cell(name, ask) for name in names)))
    rows.append(_row("sources of statements", *(YES if n in CITING else NO for n in names)))
    return "\n".join(rows)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(protocol: str, ask: Callable[[str], Call]) -> str:
    """Return whether a protocol can be asked: by all that speak it, by some, by nobody."""
    taken = [_takes(speaker, model, ask) for speaker, model in _speakers(protocol)]
    return YES if all(taken) else SOME if any(taken) else NO


def _speakers(protocol: str) -> Iterator[tuple[Provider, str]]:
    """Yield each provider as it speaks a protocol, with its usual models."""
    for provider in providers():
        spoken = (
            provider.protocol,
            provider.protocol_elsewhere,
            *provider.model_protocols.values(),
        )
        if protocol in spoken:
            speaker = Endpoint(provider, ADDRESS, protocol).speaking().provider
            for model in _models(provider):
                yield speaker, model


def _models(provider: Provider) -> tuple[str, ...]:
    """Return the models that are asked: the usual ones, and one that nothing is known of."""
    usual = (provider.default_model, provider.small_model, "some-model")
    return tuple(dict.fromkeys(filter(None, usual)))


def _takes(provider: Provider, model: str, ask: Callable[[str], Call]) -> bool:
    """Say whether a request is built, and is another one than without what is asked for."""
    build, at = protocols.load(provider.protocol).build, Endpoint(provider, ADDRESS)
    call = ask(model)
    try:
        check(call, provider)
        asked = build(call, at)
    except UsageError:
        return False
    plain = Call(model, ASK, stream=call.stream)
    return call == plain or asked != build(plain, at)


def _departures() -> str:
    rows = [_row("provider", "refuses", "takes beyond the others"), _row(*["---"] * 3)]
    usual = {name: _usual(name) for name in protocols.OWN}
    for provider in providers():
        mine = _taken(provider)
        refused = [what for what in usual[provider.protocol] if what not in mine]
        more = [what for what in mine if what not in usual[provider.protocol]]
        if refused or more:
            link = f"[{provider.name}](providers/{provider.key}.md)"
            rows.append(_row(link, ", ".join(refused), ", ".join(more)))
    return "\n".join(rows)


def _usual(protocol: str) -> list[str]:
    """Return what most that speak a protocol take."""
    speakers = [p for p in providers() if p.protocol == protocol]
    counts = {what: sum(what in _taken(one) for one in speakers) for what in ASKED}
    return [what for what, count in counts.items() if 2 * count > len(speakers)]


def _taken(provider: Provider) -> list[str]:
    """Return what some usual model of a provider's takes."""
    models = _models(provider)
    return [w for w, ask in ASKED.items() if any(_takes(provider, m, ask) for m in models)]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
