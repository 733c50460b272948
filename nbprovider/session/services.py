"""Embeddings, speech and transcription: asked like a model, counted like one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from nbprovider.catalog import Endpoint, find, kind
from nbprovider.credentials import Account, address
from nbprovider.errors import NbproviderError, Unavailable, UnknownModel, UsageError
from nbprovider.ledger import CallContext, Recorder, estimate
from nbprovider.protocols import embeddings, speech, transcription
from nbprovider.protocols.embeddings import EmbeddingOptions
from nbprovider.protocols.framing import loads
from nbprovider.protocols.speech import Speech, SpeechOptions
from nbprovider.protocols.transcription import Sound, Transcript
from nbprovider.routing.breaker import Fuse
from nbprovider.routing.services import (
    EMBEDDINGS,
    SPEECH,
    TRANSCRIPTION,
    NoUsualModel,
    Service,
    service_route,
)
from nbprovider.service_flow import Exchange, Job, Reply, served
from nbprovider.session.pulse import Listener
from nbprovider.session.running import name_successor
from nbprovider.types import Call, Event, Interrupted, Media, Message, Part, Route, Text

if TYPE_CHECKING:
    from nbprovider.session.session import Session

T = TypeVar("T")

MOST_TOKENS = 100_000
"""Tokens of one batch by our estimate: OpenAI takes 300,000, and estimates are rough."""


class Services:
    """What a session can ask for besides answers. Each request is a row in the ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def embed(
        self, texts: list[str], model: str | None, options: EmbeddingOptions, batch: int | None
    ) -> list[list[float]]:
        """Return a vector for each text, `batch` of them a request, at most the provider's limit.

        Raises UsageError for a batch below 1.
        """
        if batch is not None and batch < 1:
            raise UsageError(f"A batch of {batch} holds nothing.", hint="Give 1 or more.")
        if not texts:
            return []
        route = self.route(model, EMBEDDINGS)
        most = embeddings.dialect(self._endpoint(route), route.model).most
        vectors: list[list[float]] = []
        for some in batches(texts, min(batch or most, most)):
            found = self._ask(_embedding(some, options), route, "embedding", _texts(some))
            vectors += found
        return vectors

    def speak(self, text: str, model: str | None, options: SpeechOptions) -> Speech:
        """Return a text as sound; raises UsageError for an empty one."""
        if not text.strip():
            raise UsageError("There is nothing to say.", hint="Give a text.")
        route = self.route(model, SPEECH)
        return self._ask(_speaking(text, options), route, "speech", (Text(text),))

    def transcribe(self, sound: Sound, model: str | None) -> Transcript:
        """Return what is said in a recording."""
        route = self.route(model, TRANSCRIPTION)
        heard = (Media("audio", sound.mime, name=sound.name),)
        return self._ask(_listening(sound), route, "transcription", heard)

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

    def _ask(self, job: Job[T], route: Route, purpose: str, asked: tuple[Part, ...]) -> T:
        from nbprovider import transport

        session = self._session
        place = session.place()
        context = CallContext(notebook=place.notebook, cell=place.cell, purpose=purpose)
        call = Call(route.model, (Message("user", asked),), stream=False)
        recorder = Recorder(session.ledger, context, call)
        fuse = Fuse(session.breakers)
        flow = served(job, (route,), session.means(fuse))
        heard = (recorder, fuse)
        with self._watched(heard), closing(transport.run(flow, session.network)) as events:
            value: T = _heard(events, heard)
        return value

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
            for listener in listeners:
                listener.saw(Interrupted())
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


def _heard(events: Generator[Event, None, T], listeners: tuple[Listener, ...]) -> T:
    """Hear a request to its end, return what it gave."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            value: T = end.value
            return value
        for listener in listeners:
            listener.saw(event)


def _texts(texts: list[str]) -> tuple[Part, ...]:
    return tuple(map(Text, texts))


def _embedding(texts: list[str], options: EmbeddingOptions) -> Job[list[list[float]]]:
    def job(endpoint: Endpoint, model: str) -> Exchange[list[list[float]]]:
        spoken = embeddings.dialect(endpoint, model)

        def read(_: Mapping[str, str], body: bytes) -> Reply[list[list[float]]]:
            found = spoken.parse(loads(body))
            if len(found.vectors) != len(texts):
                raise Unavailable(
                    f"The server gave {len(found.vectors)} vectors for {len(texts)} texts.",
                    hint="Try a smaller batch: `batch=1`.",
                )
            return Reply(list(found.vectors), found.usage, found.model)

        return Exchange(spoken.build(texts, model, endpoint, options), read, spoken.error)

    return job


def _speaking(text: str, options: SpeechOptions) -> Job[Speech]:
    def job(endpoint: Endpoint, model: str) -> Exchange[Speech]:
        spoken = speech.dialect(endpoint, model)
        request = spoken.build(text, model, endpoint, options)
        return Exchange(request, _telling(spoken.parse), spoken.error)

    return job


def _listening(sound: Sound) -> Job[Transcript]:
    def job(endpoint: Endpoint, model: str) -> Exchange[Transcript]:
        spoken = transcription.dialect(endpoint, model)
        request = spoken.build(sound, model, endpoint)
        return Exchange(request, _telling(spoken.parse), spoken.error)

    return job


Told = TypeVar("Told", Speech, Transcript)


def _telling(
    parse: Callable[[Mapping[str, str], bytes], Told],
) -> Callable[[Mapping[str, str], bytes], Reply[Told]]:
    """Return a reader whose reply says what it took and who made it."""

    def read(headers: Mapping[str, str], body: bytes) -> Reply[Told]:
        found = parse(headers, body)
        return Reply(found, found.usage, found.model)

    return read
