"""Write nbprovider/catalog/models.json anew: `python docs/models_json.py FILE... [-o OUT]`.

Each FILE is a public list of models, told apart by its shape:

- models.dev (MIT): <https://models.dev/api.json>, providers with their models, limits, abilities.
- litellm (MIT): `model_prices_and_context_window.json` in its repository BerriAI/litellm, a flat
  list with kinds, abilities and dates of retirement.
- a catalog of our own: `{"models": {"provider/id": {"provider", "id", "mode", "context", ...}}}`.

Later files complete and override earlier ones; before them all come the context windows that the
installed package genai-prices (MIT) holds. Only providers that have a file in catalog/providers are
taken. Prices are not: they come from genai-prices when a call is paid for, by its date.

Nothing is fetched: get the files yourself, look at the difference, and commit it.
"""

# ruff: noqa: INP001, T201 - a script that says what it did

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from nbprovider.catalog import files
from nbprovider.catalog.model import SNAPSHOT, Facts, Snapshot

Row = tuple[str, str, dict[str, Any]]
"""A list's name of a provider, a model's id, and the facts as keys of `Facts`."""

Names = Mapping[str, str]
"""A list's name of a provider → ours."""

OWN_NAMES = {
    "aws": "bedrock",
    "amazon-bedrock": "bedrock",
    "fireworks_ai": "fireworks",
    "fireworks-ai": "fireworks",
    "gemini": "google",
    "moonshotai": "moonshot",
    "nvidia_nim": "nvidia",
    "opencode": "opencode-zen",
    "together_ai": "together",
    "togetherai": "together",
    "x-ai": "xai",
    "zhipuai": "",  # the Chinese platform: other prices, other limits
}

KINDS = {
    "chat": "chat",
    "completion": "chat",
    "responses": "chat",
    "embedding": "embedding",
    "audio_speech": "tts",
    "audio_transcription": "stt",
    "image_generation": "image",
    "rerank": "rerank",
}

FLAT = {
    "vision": "supports_vision",
    "tools": "supports_function_calling",
    "thinking": "supports_reasoning",
    "json_schema": "supports_response_schema",
    "pdf": "supports_pdf_input",
    "web_search": "supports_web_search",
}

CATALOG = {name: "reasoning" if name == "thinking" else name for name in FLAT}


SPELLED: Mapping[str, Callable[[str], str]] = {
    "fireworks": lambda name: name if "/" in name else f"accounts/fireworks/models/{name}",
    "zai": str.lower,
}
"""How genai-prices' names become those that the provider answers to."""

NAMED_KINDS = (
    (re.compile("embed|bge-"), "embedding"),
    (re.compile("whisper|transcribe"), "stt"),
    (re.compile("tts|speech|orpheus"), "tts"),
    (re.compile("rerank"), "rerank"),
    (re.compile("image|flux|lyria|veo|sora"), "image"),
)
"""What a name says of a model whose list says nothing."""


def genai_prices() -> Iterator[Row]:
    """Yield the context windows that the installed genai-prices holds."""
    from genai_prices.data import providers

    for provider in providers:
        spelled = SPELLED.get(provider.id, str)
        for model in provider.models:
            if model.context_window:
                facts = {"kind": _named_kind(model.id), "context": model.context_window}
                yield provider.id, spelled(model.id), facts


def models_dev(data: Any) -> Iterator[Row]:
    """Yield the models of models.dev's api.json."""
    for provider, told in data.items():
        for name, model in told["models"].items():
            limit, inputs = model.get("limit", {}), model.get("modalities", {}).get("input", [])
            can = {
                "vision": "image" in inputs,
                "tools": model.get("tool_call"),
                "thinking": model.get("reasoning"),
                "json_schema": model.get("structured_output"),
                "pdf": "pdf" in inputs,
            }
            yield provider, name, _facts(_kind(model), limit.get("context"), limit, can)


def litellm(data: Any) -> Iterator[Row]:
    """Yield the models of litellm's flat list."""
    for name, told in data.items():
        provider, kind = told.get("litellm_provider", ""), KINDS.get(told.get("mode", ""))
        if name == "sample_spec" or kind is None:
            continue
        limit = {"output": told.get("max_output_tokens")}
        can = {ours: told.get(theirs) for ours, theirs in FLAT.items()}
        facts = _facts(kind, told.get("max_input_tokens"), limit, can)
        yield (
            provider,
            name.removeprefix(f"{provider}/"),
            facts | _retires(told.get("deprecation_date")),
        )


def catalog(data: Any) -> Iterator[Row]:
    """Yield the models of a catalog of our own."""
    for told in data["models"].values():
        limit = {"output": told["max_output"]}
        can = {ours: told.get(theirs) for ours, theirs in CATALOG.items()}
        facts = _facts(KINDS[told["mode"]], told["context"], limit, can)
        yield told["provider"], told["id"], facts | _retires(told.get("deprecation_date"))


SHAPES: tuple[tuple[Callable[[Any], bool], Callable[[Any], Iterator[Row]]], ...] = (
    (lambda data: "models" in data, catalog),
    (lambda data: any("litellm_provider" in entry for entry in data.values()), litellm),
    (lambda data: all("models" in entry for entry in data.values()), models_dev),
)
"""How a list is told by its shape, and who reads it."""


def rows(path: Path) -> Iterator[Row]:
    """Yield a file's models; exits when nobody knows its shape."""
    data = json.loads(path.read_text(encoding="utf-8"))
    reader = next((read for fits, read in SHAPES if fits(data)), None)
    if reader is None:
        raise SystemExit(f"{path}: none of the known shapes.")
    return reader(data)


def collected(lists: list[Iterator[Row]], names: Names) -> dict[str, dict[str, Facts]]:
    """Return the facts of all lists by our provider's name and model id, sorted."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for provider, model, facts in (row for one in lists for row in one):
        if key := names.get(provider):
            found.setdefault(key, {}).setdefault(model, {}).update(facts)
    return {
        provider: {name: msgspec.convert(told, Facts) for name, told in sorted(models.items())}
        for provider, models in sorted(found.items())
    }


def written(snapshot: Snapshot) -> str:
    """Return the file's text: one model a line, so that differences can be read."""
    head = {"date": str(snapshot.date), "sources": snapshot.sources}
    lines = [f'{{"date": {_json(head["date"])},', f'"sources": {_json(head["sources"])},']
    lines.append('"models": {')
    blocks = []
    for provider, models in snapshot.models.items():
        told = ",\n".join(f"{_json(name)}: {_json(facts)}" for name, facts in models.items())
        blocks.append(f"{_json(provider)}: {{\n{told}\n}}")
    return "\n".join([*lines, ",\n".join(blocks), "}}"]) + "\n"


def our_names() -> dict[str, str]:
    """Return how providers are called in the lists: as here, by an alias, or as listed above."""
    providers = [files.parse(path) for path in files.OURS.glob("*.toml")]
    keys = {provider.key: provider.key for provider in providers}
    aliases = {alias: provider.key for provider in providers for alias in provider.aliases}
    named = {theirs: ours for theirs, ours in OWN_NAMES.items() if not ours or ours in keys}
    return aliases | keys | named


def _named_kind(name: str) -> str:
    return next((kind for pattern, kind in NAMED_KINDS if pattern.search(name.lower())), "chat")


def _kind(model: Mapping[str, Any]) -> str:
    outputs = model.get("modalities", {}).get("output", ["text"])
    named = _named_kind(model["id"])
    return named if named != "chat" or "text" in outputs else _SPOKEN.get(outputs[0], "image")


_SPOKEN = {"audio": "tts"}


def _facts(kind: str, context: Any, limit: Any, can: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"kind": kind, "context": context or None, "max_output": limit.get("output") or None}
    if kind == "chat":
        facts["can"] = tuple(name for name, able in can.items() if able)
    return facts


def _retires(day: str | None) -> dict[str, str]:
    return {"retires": day} if day else {}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def main() -> None:
    """Read the lists that the line names, write the snapshot, say how many models there are."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lists", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("-o", "--out", type=Path, default=SNAPSHOT)
    given = parser.parse_args()
    models = collected([genai_prices(), *map(rows, given.lists)], our_names())
    sources = (f"genai-prices {version('genai-prices')}", *(path.stem for path in given.lists))
    snapshot = Snapshot(datetime.now(UTC).date(), sources, models)
    given.out.write_text(written(snapshot), encoding="utf-8")
    print(f"{given.out}: {sum(map(len, models.values()))} models of {len(models)} providers")


if __name__ == "__main__":
    main()
