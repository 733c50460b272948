"""A provider's guide as sections: for a notebook, a terminal, and the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider, Quirks


class Section(Struct, frozen=True):
    """A title and lines, each behind a mark: "1." numbers them."""

    title: str
    lines: tuple[str, ...]
    mark: str = "-"

    def marked(self) -> Iterator[str]:
        """Yield each line behind its mark."""
        for number, line in enumerate(self.lines, 1):
            yield f"{f'{number}.' if self.mark == '1.' else self.mark} {line}"


class GuidePage(Struct, frozen=True):
    """What a newcomer to one provider wants to know."""

    provider: Provider

    def markdown(self) -> str:
        """Return the guide in markdown."""
        blocks = [f"### {self.provider.name}", f"Good for: {self.provider.guide.pick_for}."]
        for section in sections(self.provider):
            blocks += [f"**{section.title}**", "\n".join(section.marked())]
        return "\n\n".join(blocks)

    def plain(self) -> str:
        """Return the guide as text for a terminal."""
        blocks = [f"{self.provider.name}\nGood for: {self.provider.guide.pick_for}."]
        for section in sections(self.provider):
            lines = "\n".join(f"  {line}" for line in section.marked())
            blocks.append(f"{section.title}\n{lines}")
        return "\n\n".join(blocks).replace("`", "")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the guide in any front end."""
        return {"text/plain": self.plain(), "text/markdown": self.markdown()}


def sections(provider: Provider) -> list[Section]:
    """Return the sections that have something to say, in reading order."""
    guide = provider.guide
    told = [
        Section("Steps", (*guide.steps, *_links(provider)), "1."),
        Section("Variables", tuple(variables(provider))),
        Section("Models", tuple(models(provider))),
        Section("Cost", (f"{guide.cost[:1].upper()}{guide.cost[1:]}.",) if guide.cost else ()),
        Section("Its ways", tuple(quirks(provider.quirks))),
        Section("Trouble", guide.trouble),
    ]
    return [section for section in told if section.lines]


def variables(provider: Provider) -> Iterator[str]:
    """Yield which environment variables hold its key, its address and the parts of one."""
    if provider.env:
        first = ", the first that is set counts" if len(provider.env) > 1 else ""
        optional = "" if provider.needs_key else " (not needed on most)"
        yield f"Key{optional}: {_codes(provider.env)}{first}."
    if provider.base_url_env:
        yield f"Address: {_codes(provider.base_url_env)}."
    for placeholder, names in provider.variables.items():
        yield f"{placeholder.replace('_', ' ').capitalize()}: {_codes(names)}."
    if provider.identity_env:
        yield f"In place of a key, credentials: {_codes(provider.identity_env)}."


def models(provider: Provider) -> Iterator[str]:
    """Yield the models to take, each with what for, and its context window where known."""
    best = provider.guide.best
    told = {
        "the default": provider.default_model,
        "small": provider.small_model,
        "best answers": best.quality,
        "fastest": best.speed,
        "cheapest": best.price,
    }
    for name in dict.fromkeys(filter(None, told.values())):
        uses = ", ".join(use for use, model in told.items() if model == name)
        yield f"`{name}`: {uses}{window(provider, name)}"
    for service, name in provider.service_models.items():
        yield f"`{name}`: {SERVICES[service]}"


def window(provider: Provider, name: str) -> str:
    """Return how much a model reads at most, in words; "" when nobody says."""
    known = catalog.model(provider.key, name)
    if known is None or known.facts.context is None:
        return ""
    return f"; reads up to {known.facts.context:,} tokens"


def quirks(told: Quirks) -> Iterator[str]:
    """Yield, in words, where a provider departs from its protocol."""
    for ours, theirs in sorted(told.rename.items()):
        same = ours == theirs
        yield f"It takes `{ours}` as well." if same else f"Our `{ours}` is sent as `{theirs}`."
    if refused := (*told.refuse, *told.refuse_fields):
        yield f"It cannot take {_codes(refused)}: refused before anything is sent."
    if told.system_role != "system":
        yield f"Instructions are sent under the role `{told.system_role}`."
    if told.replay_reasoning:
        yield "Its reasoning is sent back to it with the conversation."
    if told.output_excludes_reasoning:
        yield "It counts reasoning beside the output; here it is part of the output, as everywhere."
    if told.input_excludes_cache:
        yield "It counts cached input beside the input."
    for name, value in told.body.items():
        yield f"Every request carries `{name}` = `{value}`, unless the call says otherwise."


SERVICES = {
    "embeddings": "embeddings",
    "tts": "speech",
    "stt": "transcription",
    "rerank": "reranking",
    "images": "images",
}


def _links(provider: Provider) -> Iterator[str]:
    if provider.key_url:
        yield f"The page of keys: <{provider.key_url}>"
    if provider.oauth:
        yield f"`%provider login {provider.key}` logs in, without a key to copy."
    if provider.env and provider.kind != "retired":
        yield f"`%provider key {provider.key}` enters a key unseen, for this kernel."
    if provider.kind != "retired":
        yield f"`%provider test {provider.key}` shows whether it works."


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
