"""Embeddings, speech and transcription: asked like a model, counted like one."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from contextlib import aclosing, closing, contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import Endpoint, find, kind
from nbprovider.credentials import Account, address
from nbprovider.errors import NbproviderError, UnknownModel, UsageError
from nbprovider.flow import Flow
from nbprovider.ledger import CallContext, Recorder, estimate
from nbprovider.protocols import embeddings
from nbprovider.protocols.embeddings import EmbeddingOptions
from nbprovider.protocols.speech import Speech, SpeechOptions
from nbprovider.protocols.transcription import Sound, Transcript
from nbprovider.routing.allowance import Share
from nbprovider.routing.breaker import Fuse
from nbprovider.routing.services import (
    EMBEDDINGS,
    SPEECH,
    TRANSCRIPTION,
    NoUsualModel,
    Service,
    service_route,
)
from nbprovider.service_flow import Job, served
from nbprovider.session import budgets, jobs
from nbprovider.session.budgets import Purse
from nbprovider.session.pulse import Listener
from nbprovider.session.running import name_successor
from nbprovider.types import (
    Block,
    Call,
    Event,
    Interrupted,
    Media,
    Message,
    Part,
    Route,
    Step,
    Text,
)

if TYPE_CHECKING:
    from nbprovider.session.session import Session

T = TypeVar("T")

MOST_TOKENS = 100_000
"""Tokens of one batch by our estimate: OpenAI takes 300,000, and estimates are rough."""


class Asked(Struct, Generic[T], frozen=True):
    """One request to a service: what is to be done where, and what for."""

    job: Job[T]
    route: Route
    purpose: str
    parts: tuple[Part, ...]


Asking = Generator[Asked[Any] | Block, Any, T]
"""What a service is asked, request by request; it is sent what each of them gave."""


class Services:
    """What a session can ask for besides answers. Each request is a row in the ledger.

    `embed`, `speak` and `transcribe` say what to ask; `done` and `adone` ask it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def done(self, asking: Asking[T]) -> T:
        """Ask all that is to be asked, return what comes of it."""
        gave: Any = None
        while True:
            try:
                step = asking.send(gave)
            except StopIteration as end:
                value: T = end.value
                return value
            gave = step.function() if isinstance(step, Block) else self._ask(step)

    async def adone(self, asking: Asking[T]) -> T:
        """Do as `done` without blocking the event loop."""
        gave: Any = None
        while True:
            try:
                step = asking.send(gave)
            except StopIteration as end:
                value: T = end.value
                return value
            if isinstance(step, Block):
                gave = await asyncio.to_thread(step.function)
            else:
                gave = await self._aask(step)

    def embed(
        self, texts: list[str], model: str | None, options: EmbeddingOptions, batch: int | None
    ) -> Asking[list[list[float]]]:
        """Ask for a vector for each text, `batch` of them a request, at most the provider's limit.

        Raises UsageError for a batch below 1.
        """
        if batch is not None and batch < 1:
            raise UsageError(f"A batch of {batch} holds nothing.", hint="Give 1 or more.")
        if not texts:
            return []
        route: Route = yield self._routed(model, EMBEDDINGS)
        most = embeddings.dialect(self._endpoint(route), route.model).most
        vectors: list[list[float]] = []
        for some in batches(texts, min(batch or most, most)):
            parts = tuple(map(Text, some))
            vectors += yield Asked(jobs.embedding(some, options), route, "embedding", parts)
        return vectors

    def speak(self, text: str, model: str | None, options: SpeechOptions) -> Asking[Speech]:
        """Ask for a text as sound; raises UsageError for an empty one."""
        if not text.strip():
            raise UsageError("There is nothing to say.", hint="Give a text.")
        route: Route = yield self._routed(model, SPEECH)
        said: Speech = yield Asked(jobs.speaking(text, options), route, "speech", (Text(text),))
        return said

    def transcribe(self, sound: Sound, model: str | None) -> Asking[Transcript]:
        """Ask what is said in a recording."""
        route: Route = yield self._routed(model, TRANSCRIPTION)
        heard = (Media("audio", sound.mime, name=sound.name),)
        told: Transcript = yield Asked(jobs.listening(sound), route, "transcription", heard)
        return told

    def _routed(self, model: str | None, service: Service) -> Block:
        """Return the step that finds a route: for it, an account's list may have to be fetched."""
        return Block(lambda: self.route(model, service))

    def route(self, model: str | None, service: Service) -> Route:
        """Return the route to a service, see `service_route`.

        An account without a usual model is asked for its list. Raises ConfigError for an address
        of its own, in the provider's file, that may not be used.
        """
        try:
            route = service_route(model, service, self._session.known())
        except NoUsualModel as error:
            found = self._first(error.account, service)
            if found is None:
                raise
            route = found
        provider = find(route.provider)
        own = provider.services.get(service.key, "")
        if own.startswith(("http://", "https://")):
            address.base_url(provider, own, f"services.{service.key} of {provider.key}.toml")
        return route

    def _first(self, account: Account, service: Service) -> Route | None:
        """Return the route to the first model for a service that an account lists, or its only one.

        None when there is none, or the list cannot be had.
        """
        provider = find(account.provider)
        try:
            listed = self._session.models.listed(Route(provider.key, "", account.name))
        except NbproviderError:
            return None
        fitting = [m.id for m in listed if kind(provider, m.id, m.can) == service.role]
        only = [m.id for m in listed] if len(listed) == 1 else []
        model = next(iter(fitting or only), None)
        why = f"the first listed by {account.name} that {service.does}"
        return None if model is None else Route(provider.key, model, account.name, why)

    def _endpoint(self, route: Route) -> Endpoint:
        """Return the endpoint as far as it is known before a key is looked for."""
        provider, account = find(route.provider), self._session.known().account(route.account)
        if account is None:
            return Endpoint(provider, provider.base_url)
        own = replace(provider, services={**provider.services, **account.services})
        return Endpoint(own, account.base_url, account.protocol)

    def _ask(self, asked: Asked[T]) -> T:
        from nbprovider import transport

        flow, heard, gave = self._begun(asked)
        with self._watched(heard), closing(transport.run(flow, self._session.network)) as events:
            for event in events:
                _tell(heard, event)
        return gave[0]

    async def _aask(self, asked: Asked[T]) -> T:
        from nbprovider import transport

        flow, heard, gave = self._begun(asked)
        with self._watched(heard):
            async with aclosing(transport.arun(flow, self._session.network)) as events:
                async for event in events:
                    _tell(heard, event)
        return gave[0]

    def _begun(self, asked: Asked[T]) -> tuple[Flow, tuple[Listener, ...], list[T]]:
        """Return the flow of a request, who hears it, and where it leaves what it gave."""
        session = self._session
        place = session.place()
        context = CallContext(notebook=place.notebook, cell=place.cell, purpose=asked.purpose)
        call = Call(asked.route.model, (Message("user", asked.parts),), stream=False)
        guards = (
            Fuse(session.breakers),
            Share(session.allowances, estimate.asked(call)),
            Purse(session, budgets.limits(session), context, call),
        )
        gave: list[T] = []
        flow = _keeping(served(asked.job, (asked.route,), session.means(*guards)), gave)
        return flow, (Recorder(session.ledger, context, call), *guards), gave

    @contextmanager
    def _watched(self, listeners: tuple[Listener, ...]) -> Iterator[None]:
        """Write down what stops a request from outside; name the model that may be meant."""
        try:
            yield
        except UnknownModel as error:
            name_successor(error)
            error.hint = self._session.models.meant(error) or error.hint
            raise
        except NbproviderError:
            raise
        except BaseException:
            _tell(listeners, Interrupted())
            raise


def batches(texts: list[str], most: int, tokens: int = MOST_TOKENS) -> Iterator[list[str]]:
    """Yield the texts in order, in lists of at most `most`, and of about `tokens` together.

    A text that is longer than that goes alone.
    """
    some: list[str] = []
    weight = 0
    for text in texts:
        more = estimate.tokens(text)
        if some and (len(some) == most or weight + more > tokens):
            yield some
            some, weight = [], 0
        some.append(text)
        weight += more
    if some:
        yield some


def _keeping(flow: Generator[Step | Event, Any, T], gave: list[T]) -> Flow:
    """Run a flow, and keep what it returns."""
    gave.append((yield from flow))


def _tell(listeners: tuple[Listener, ...], event: Event) -> None:
    for listener in listeners:
        listener.saw(event)
