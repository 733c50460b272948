"""Write docs/providers.md, docs/providers/*.md and the README's list from the provider files.

Run it as `python docs/generate.py` when a provider file has changed.
"""

# ruff: noqa: INP001 - a script, no part of a package

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbprovider import catalog
from nbprovider.catalog import Provider, files
from nbprovider.view.guide import Section, models, quirks, variables

DOCS = Path(__file__).resolve().parent
INDEX = DOCS / "providers.md"
PAGES = DOCS / "providers"
README = DOCS.parent / "README.md"

BEGIN, END = "<!-- providers: docs/generate.py -->", "<!-- end -->"

INTRODUCTION = """\
# Providers

<!-- Written by docs/generate.py from nbprovider/catalog/providers/*.toml. Do not edit. -->

A provider is whoever runs a model. The name in the first column works on every line:

```text
%%chat groq                    the provider's default model
%%chat groq:MODEL              a model of it
%provider guide groq           how to get a key, which models to take, trouble
%provider models groq          what it offers, asked now
%provider key groq             enter a key, unseen, for all notebooks
%provider test groq            one short call, to see that it works
```

A provider that is not here: any server that speaks OpenAI's Chat Completions is
[`openai-compatible`](providers/openai-compatible.md), any that speaks Anthropic's Messages is
[`anthropic-compatible`](providers/anthropic-compatible.md). Or write
[a file of your own](adding-a-provider.md)."""

CHOOSING = """\
## Which one?

The same table is in the notebook: `%provider choose`."""

KINDS = {
    "cloud": "cloud service",
    "gateway": "gateway to other providers",
    "local": "server on your own machine or network",
    "custom": "server of your choice",
    "subscription": "a plan that you pay for",
    "embedded": "part of nbprovider",
    "retired": "its service has ended",
}

PROTOCOLS = {
    "anthropic": "Anthropic Messages",
    "bedrock": "Amazon Bedrock Converse",
    "cli_claude": "Claude Code's stream of JSON lines",
    "cli_codex": "Codex's JSON lines",
    "cli_gemini": "Gemini CLI's stream of JSON lines",
    "cohere": "Cohere's own chat",
    "gemini": "Gemini API",
    "json_proxy": "JSON of a shape that you describe",
    "mistral": "Mistral's own kind of Chat Completions",
    "ollama": "Ollama chat",
    "openai_chat": "OpenAI Chat Completions",
    "openai_responses": "OpenAI Responses",
}

GROUPS = {
    "cloud": "Cloud services",
    "gateway": "Gateways to others",
    "subscription": "Plans",
    "local": "Servers of your own",
    "custom": "Any other server",
    "embedded": "Without a key",
}


def readme(text: str) -> str:
    """Return the README with its list of providers made anew between the marks."""
    above, _, rest = text.partition(BEGIN)
    _, _, below = rest.partition(END)
    return f"{above}{BEGIN}\n{_groups(providers())}\n{END}{below}"


def page() -> str:
    """Return the page that lists all providers."""
    return f"{INTRODUCTION}\n\n{_table()}\n\n{CHOOSING}\n\n{_choices()}\n"


def pages() -> dict[str, str]:
    """Return the page of each provider by its file's name."""
    return {f"{provider.key}.md": provider_page(provider) for provider in providers()}


def providers() -> list[Provider]:
    """Return our providers by key; a user's own files are not looked at."""
    return sorted(map(files.parse, files.OURS.glob("*.toml")), key=lambda p: p.key)


def provider_page(provider: Provider) -> str:
    """Return the page of one provider."""
    source = f"nbprovider/catalog/providers/{provider.key}.toml"
    blocks = [
        f"# {provider.name}",
        f"<!-- Written by docs/generate.py from {source}. Do not edit. -->",
        " ".join(_introduced(provider)),
        _lines(provider),
        *(_section(section) for section in _sections(provider) if section.lines),
        _ends(provider),
        "[All providers](../providers.md)",
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _introduced(provider: Provider) -> Iterator[str]:
    if provider.guide.pick_for:
        yield f"Good for: {provider.guide.pick_for}."
    if provider.guide.cost:
        yield f"Cost: {provider.guide.cost}."


def _lines(provider: Provider) -> str:
    if provider.succeeded_by:
        return f"Use [{provider.succeeded_by}]({provider.succeeded_by}.md) instead."
    model = provider.default_model or "MODEL"
    return f"```text\n%%chat {provider.key}:{model}\nYour question.\n```"


def _sections(provider: Provider) -> Iterator[Section]:
    link = (f"The page of keys: <{provider.key_url}>",) if provider.key_url else ()
    yield Section("Steps", (*provider.guide.steps, *link), "1.")
    yield Section("Environment", tuple(variables(provider)))
    yield Section("Models", tuple(models(provider)))
    yield Section("Its ways", (*_ways(provider), *quirks(provider.quirks)))
    yield Section("Trouble", provider.guide.trouble)


def _section(section: Section) -> str:
    return f"## {section.title}\n\n" + "\n".join(section.marked())


def _ways(provider: Provider) -> Iterator[str]:
    """Yield, in words, what is particular about a provider beside its quirks."""
    if provider.aliases:
        yield f"It is also called {_codes(provider.aliases)}."
    yield f"Kind: {KINDS[provider.kind]}."
    yield f"It speaks {_protocol(provider.protocol)}{_elsewhere(provider)}."
    for prefix, protocol in provider.model_protocols.items():
        yield f"Models that begin with `{prefix}` are asked in {_protocol(protocol)}."
    if provider.base_url:
        yield f"Its address is `{provider.base_url}`."
    if provider.model_prefixes:
        yield f"Model names that begin so are its: {_codes(provider.model_prefixes)}."
    if provider.services:
        yield f"Beside chat it has {_codes(tuple(sorted(provider.services)))}."
    yield f"Prices: {_prices(provider)}."
    yield f"After {provider.silence:g} seconds without a byte a call counts as stalled."


def _elsewhere(provider: Provider) -> str:
    other = provider.protocol_elsewhere
    return f", and {_protocol(other)} at any other address" if other else ""


def _protocol(name: str) -> str:
    return PROTOCOLS.get(name, name)


def _prices(provider: Provider) -> str:
    if provider.kind in {"local", "embedded"}:
        return "free, on your own machine"
    if provider.kind == "subscription":
        return "part of the plan"
    return "list prices" if provider.prices else "unknown here, unless the reply tells"


def _ends(provider: Provider) -> str:
    """Return the table of models that have ended or will, "" when there are none."""
    rows = [
        *((str(end.on), model, end.successor) for model, end in provider.retiring.items()),
        *(("ended", model, heir) for model, heir in provider.retired.items()),
    ]
    if not rows:
        return ""
    told = [_row(_code(model), ends, _code(heir) or "none") for ends, model, heir in sorted(rows)]
    head = [_row("model", "ends", "take instead"), _row(*["---"] * 3)]
    return "## Models that end\n\n" + "\n".join([*head, *told])


def _groups(listed: list[Provider]) -> str:
    lines = []
    for kind, title in GROUPS.items():
        names = sorted((p.name for p in listed if p.kind == kind), key=str.lower)
        if names:
            lines.append(f"- {title}: {', '.join(names)}")
    return "\n".join(lines)


def _table() -> str:
    rows = [_row("name", "provider", "kind", "default model"), _row(*["---"] * 4)]
    rows += [
        _row(_linked(p.key), p.name, KINDS[p.kind], _code(p.default_model) or "none")
        for p in providers()
    ]
    return "\n".join(rows)


def _choices() -> str:
    rows = [_row("what matters", "take", "because"), _row(*["---"] * 3)]
    rows += [
        _row(choice.concern, _linked(choice.pick) + _model(choice.model), choice.why)
        for choice in catalog.choices()
    ]
    return "\n".join(rows)


def _model(name: str) -> str:
    return f", {_code(name)}" if name else ""


def _linked(key: str) -> str:
    return f"[`{key}`](providers/{key}.md)"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(map(_code, names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def write() -> None:
    """Write all pages, take away those of providers that are no more, renew the README's list."""
    INDEX.write_text(page(), encoding="utf-8")
    PAGES.mkdir(exist_ok=True)
    made = pages()
    for old in PAGES.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (PAGES / name).write_text(text, encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
