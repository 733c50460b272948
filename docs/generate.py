"""Write docs/providers.md, and the README's list, from the provider files.

Run it as `python docs/generate.py` when a provider file has changed.
"""

# ruff: noqa: INP001 - a script, no part of a package

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbprovider.catalog import Provider, Quirks, files

PAGE = Path(__file__).resolve().parent / "providers.md"
README = PAGE.parents[1] / "README.md"

BEGIN, END = "<!-- providers: docs/generate.py -->", "<!-- end -->"

INTRODUCTION = """\
# Providers

<!-- Written by docs/generate.py from nbprovider/catalog/providers/*.toml. Do not edit. -->

A provider is whoever runs a model. The name in the first column works on every line:

```text
%%chat groq                    the provider's default model
%%chat groq:MODEL              a model of it
%provider models groq          what it offers, asked now
%provider key groq             enter a key, unseen, for this kernel
%provider test groq            one short call, to see that it works
```

A provider that is not here: any server that speaks OpenAI's Chat Completions is
[`openai-compatible`](#openai-compatible), any that speaks Anthropic's Messages is
[`anthropic-compatible`](#anthropic-compatible). Or write
[a provider file](configuration.md#a-provider-of-your-own)."""

KINDS = {
    "cloud": "cloud service",
    "gateway": "gateway to other providers",
    "local": "server on your own machine or network",
    "custom": "server of your choice",
    "embedded": "part of nbprovider",
    "retired": "its service has ended",
}

PROTOCOLS = {
    "bedrock": "Amazon Bedrock Converse",
    "openai_responses": "OpenAI Responses",
    "anthropic": "Anthropic Messages",
    "gemini": "Gemini API",
    "cohere": "Cohere's own chat",
    "mistral": "Mistral's own kind of Chat Completions",
    "ollama": "Ollama chat",
    "openai_chat": "OpenAI Chat Completions",
}


GROUPS = {
    "cloud": "Cloud services",
    "gateway": "Gateways to others",
    "local": "Servers of your own",
    "custom": "Any other server",
    "embedded": "Without a key",
}


def readme(text: str) -> str:
    """Return the README with its list of providers made anew between the marks."""
    above, _, rest = text.partition(BEGIN)
    _, _, below = rest.partition(END)
    return f"{above}{BEGIN}\n{_groups(_providers())}\n{END}{below}"


def _groups(providers: list[Provider]) -> str:
    lines = []
    for kind, title in GROUPS.items():
        names = sorted((p.name for p in providers if p.kind == kind), key=str.lower)
        if names:
            lines.append(f"- {title}: {', '.join(names)}")
    return "\n".join(lines)


def _providers() -> list[Provider]:
    return sorted(map(files.parse, files.OURS.glob("*.toml")), key=lambda p: p.key)


def page() -> str:
    """Return the whole page."""
    providers = _providers()
    blocks = [INTRODUCTION, _table(providers), *map(_section, providers)]
    return "\n\n".join(blocks) + "\n"


def _table(providers: list[Provider]) -> str:
    rows = [_row("name", "provider", "kind", "default model"), _row(*["---"] * 4)]
    rows += [
        _row(f"[`{p.key}`](#{p.key})", p.name, KINDS[p.kind], _code(p.default_model) or "none")
        for p in providers
    ]
    return "\n".join(rows)


def _section(provider: Provider) -> str:
    guide = provider.guide
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(guide.steps, 1))
    facts = _row("", "") + "\n" + _row("---", "---") + "\n" + "\n".join(_facts(provider))
    trouble = "\n".join(f"- {line}" for line in (*guide.trouble, *_quirks(provider.quirks)))
    blocks = [
        f"## {provider.key}",
        " ".join(_introduced(provider)),
        steps,
        facts,
        f"Good to know:\n\n{trouble}" if trouble else "",
    ]
    return "\n\n".join(filter(None, blocks))


def _introduced(provider: Provider) -> Iterator[str]:
    yield f"{provider.name}."
    if provider.guide.pick_for:
        yield f"Good for: {provider.guide.pick_for}."
    if provider.guide.cost:
        yield f"Cost: {provider.guide.cost}."


def _facts(provider: Provider) -> Iterator[str]:
    told = {
        "also called": _codes(provider.aliases),
        "key from": _keys(provider),
        "keys are made at": f"<{provider.key_url}>" if provider.key_url else "",
        "address": _code(provider.base_url) or _no_address(provider),
        "address from": _codes(provider.base_url_env),
        "speaks": PROTOCOLS.get(provider.protocol, provider.protocol),
        "default model": _code(provider.default_model) or "none: name one",
        "small model": _code(provider.small_model),
        "model names that begin so are its": _codes(provider.model_prefixes),
        "prices": _prices(provider),
        "a stall": f"{provider.silence:g} s without a byte",
        "best answers, fastest, cheapest": _best(provider),
        "retire soon": _retiring(provider),
        "followed by": _code(provider.succeeded_by),
    }
    return (_row(name, value) for name, value in told.items() if value)


def _keys(provider: Provider) -> str:
    names = _codes(provider.env)
    return names if provider.needs_key else f"{names}; not needed" if names else "no key"


def _no_address(provider: Provider) -> str:
    return "started on this machine when needed" if provider.launcher else "none: give one"


def _prices(provider: Provider) -> str:
    if provider.kind in {"local", "embedded"}:
        return "free: your own machine"
    return "list prices" if provider.prices else "unknown: the cost is NaN"


def _best(provider: Provider) -> str:
    best = provider.guide.best
    return _codes(tuple(filter(None, (best.quality, best.speed, best.price))))


def _retiring(provider: Provider) -> str:
    """Return the models that have a last day, by that day."""
    ends = sorted((end.on, model, end.successor) for model, end in provider.retiring.items())
    return ", ".join(
        f"`{model}` on {on}" + (f" (then `{successor}`)" if successor else "")
        for on, model, successor in ends
    )


def _quirks(quirks: Quirks) -> Iterator[str]:
    """Yield, in words, where the provider departs from its protocol."""
    for ours, theirs in sorted(quirks.rename.items()):
        if ours == theirs:
            yield f"It takes `{ours}` as well."
        else:
            yield f"Our `{ours}` is sent as `{theirs}`."
    if quirks.refuse:
        yield f"It cannot take {_codes(quirks.refuse)}: refused before anything is sent."
    if quirks.replay_reasoning:
        yield "Its reasoning is sent back to it with the conversation."
    if quirks.output_excludes_reasoning:
        yield "It counts reasoning beside the output; here it is part of the output, as everywhere."
    if quirks.input_excludes_cache:
        yield "It counts cached input beside the input."


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(map(_code, names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
