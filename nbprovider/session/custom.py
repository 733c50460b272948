"""Providers of one's own, made in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.errors import ConfigError
from nbprovider.protocols import objects

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.question import Prompt, Words
    from nbprovider.session.streams import AnswerStream, AsyncAnswerStream


def register_provider(
    name: str, factory: objects.Factory, *, model: str = "default", prefixes: tuple[str, ...] = ()
) -> Provider:
    """Make whatever a factory gives a provider of this kernel, with all that providers have.

    `factory(model)` gives an object that is called with the conversation, a tuple of messages, and
    returns words, an iterable of words, or of events. `model` is its default model, `prefixes` are
    the beginnings of model names that mean it. Raises ConfigError for a name that is taken or is
    none.
    """
    key = name.strip().lower()
    if not key or any(mark in key for mark in ":@/ "):
        raise ConfigError(f"{name!r} cannot be a provider's name.", hint="Use letters and digits.")
    if catalog.known(key) and key not in objects.FACTORIES:
        raise ConfigError(f"There is a provider {name!r} already.", hint="Take another name.")
    if not callable(factory):
        raise ConfigError(
            f"The factory of {name!r} is a {type(factory).__name__}, which cannot be called.",
            hint="Give a function of the model's name that returns what answers.",
        )
    provider = Provider(
        key=key,
        name=name,
        protocol=objects.NAME,
        kind="custom",
        auth="",
        needs_key=False,
        default_model=model,
        model_prefixes=prefixes,
        launcher=objects.NAME,
        models=catalog.ModelList(static=(model,)),
    )
    objects.FACTORIES[key] = factory
    catalog.add(provider)
    return provider


class Bound:
    """A provider's model, ready to be asked; nothing is remembered between questions."""

    def __init__(self, model: str) -> None:
        self.model = model

    def ask(self, prompt: Prompt, **words: Unpack[Words]) -> Answer:
        """Ask, return the answer."""
        from nbprovider.session import current

        return current().ask(prompt, {"model": self.model, **words})

    async def aask(self, prompt: Prompt, **words: Unpack[Words]) -> Answer:
        """Ask without blocking the loop, return the answer."""
        from nbprovider.session import current

        return await current().aask(prompt, {"model": self.model, **words})

    def stream(self, prompt: Prompt, **words: Unpack[Words]) -> AnswerStream:
        """Ask, return the answer piece by piece."""
        from nbprovider.session import current

        return current().stream(prompt, {"model": self.model, **words})

    def astream(self, prompt: Prompt, **words: Unpack[Words]) -> AsyncAnswerStream:
        """Ask, return the answer piece by piece, for `async for`."""
        from nbprovider.session import current

        return current().astream(prompt, {"model": self.model, **words})

    def __repr__(self) -> str:
        return f"create_provider({self.model!r})"


def create_provider(name: str, *, model: str | None = None) -> Bound:
    """Return a provider, ours or one's own, with a model to ask (its default one if none is given).

    Raises UsageError for a name that is unknown, or a provider without a default model.
    """
    from nbprovider.session import current

    return Bound(str(current().route(f"{name}:{model}" if model else name).ref))
