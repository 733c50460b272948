"""Try an account in the background, also one that is not kept yet: its models, and one word."""

from __future__ import annotations

import asyncio
import time

from msgspec import Struct

from nbprovider import credentials
from nbprovider.catalog import Provider, find
from nbprovider.credentials import Access, Secret, Stored
from nbprovider.credentials.advice import advised
from nbprovider.credentials.signing import way_to
from nbprovider.errors import ProviderError
from nbprovider.flow import discover
from nbprovider.protocols.contract import Listed
from nbprovider.session import kept
from nbprovider.session.question import Question, Words, question
from nbprovider.session.session import Session
from nbprovider.session.tried import SHORT
from nbprovider.types import Route
from nbprovider.view import money, seconds

WHAT = {
    "embeddings": "embeddings",
    "tts": "speech",
    "stt": "transcription",
    "images": "pictures",
    "rerank": "reranking",
}
"""Service of a provider file → what it is, for a reader."""


class Trial(Struct, frozen=True):
    """How it went.

    - `model`: what was asked, "" where no model was known to ask
    - `models`: the chat models on offer; `listed`: how many models in all, None where nobody said
    - `offers`: what else the account may do, as far as its provider's file knows
    - `duration`: seconds that the one word took, or the list where none was asked for
    """

    model: str
    models: tuple[str, ...]
    listed: int | None
    offers: tuple[str, ...]
    duration: float
    cost_nano: int | None = None
    cost_source: str = ""

    def words(self) -> str:
        """Return how it went, in a sentence or two."""
        count = self.listed
        many = "" if count is None else f", {count:,} model{'s'[: count != 1]} on offer"
        also = f" Also: {', '.join(self.offers)}." if self.offers else ""
        if not self.model:
            return f"It answers in {seconds(self.duration)}{many}.{also}"
        cost = money(self.cost_nano, self.cost_source)
        said = f"It works: {self.model} answered in {seconds(self.duration)} ({cost}){many}"
        return f"{said}.{also}"


async def trial(session: Session, account: Stored, secret: Secret | None = None) -> Trial:
    """Try an account by a key that is given, or its own; nothing is kept.

    Raises UsageError, ConfigError, MissingKey or VaultLocked for what cannot be asked, and
    ProviderError when it does not answer.
    """
    held = Secret(secret.reveal()) if secret else None
    if held:
        credentials.hold(account, held)
    try:
        access = await asyncio.to_thread(way_to, account)
        return await _tried(session, account.name, account.model, access)
    finally:
        if held:
            credentials.release(account)


async def trial_of(session: Session, name: str) -> Trial:
    """Try an account that is configured, by its name; raises as `trial` does."""
    known = await asyncio.to_thread(session.accounts)
    account = next((one for one in known if one.name == name), None)
    if account is None:
        raise kept.nobody(name, [one.name for one in known])
    route = Route(account.provider, "", account.name)
    access = await asyncio.to_thread(session.access, route)
    return await _tried(session, name, account.model, access)


async def _tried(session: Session, name: str, model: str, access: Access) -> Trial:
    provider = find(access.endpoint.provider.key)
    began = time.monotonic()
    listed, trouble = await _listed(session, access, provider)
    took = time.monotonic() - began
    chatting = tuple(one.id for one in listed or () if provider.models.chats(one.id))
    model = model or provider.default_model or next(iter(chatting), "")
    offers = tuple(WHAT[s] for s in access.endpoint.provider.services if s in WHAT)
    count = None if listed is None else len(listed)
    if not model:
        if trouble is not None:
            raise trouble
        return Trial("", chatting, count, offers, took)
    route = Route(provider.key, model, name, "it is tried")
    began = time.monotonic()
    answer = await session.atried(one_word(provider), route, access)
    took = answer.duration or time.monotonic() - began
    return Trial(model, chatting, count, offers, took, answer.cost_nano, answer.cost_source)


def one_word(provider: Provider) -> Question:
    """Return the question that a trial asks."""
    words: Words = {} if provider.program else {"max_tokens": SHORT}
    return question("Reply with the single word: ready", words)


async def _listed(
    session: Session, access: Access, provider: Provider
) -> tuple[tuple[Listed, ...] | None, ProviderError | None]:
    """Return what is on offer, None and the error where nobody says."""
    from nbprovider import transport

    if named := provider.models.static:
        return tuple(Listed(model) for model in named), None
    if provider.program:
        return None, None
    about = Route(provider.key, "", access.account)
    try:
        flow = advised(discover(access), about, access)
        return await transport.aresult(flow, session.network), None
    except ProviderError as error:
        return None, error
