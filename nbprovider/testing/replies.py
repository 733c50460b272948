"""Rules about how a protocol reads replies."""

from __future__ import annotations

from msgspec.structs import replace

from nbprovider.errors import (
    NbproviderError,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from nbprovider.protocols.contract import Listed, Page
from nbprovider.testing.rule import broken, keep
from nbprovider.testing.samples import Piece, Subject, raw
from nbprovider.types import Call, Event, Finish, Turn, fold

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a web page": b"<html><head><title>Sign in</title></head></html>",
    "bytes": b"\xff\xfe\x00\x81",
    "words": b"upstream connect error",
    "a null": b"null",
    "a number": b"7",
    "a list": b"[]",
    "a list of one": b'[{"error":{"message":"no"}}]',
    "an empty object": b"{}",
    "an error in words": b'{"error":"no"}',
    "an error of null": b'{"error":null}',
    "an error of another shape": b'{"error":{"message":[1],"code":{},"type":5,"details":3}}',
    "half an object": b'{"error":{"mess',
    "an error": b'{"error":{"message":"no"}}',
}
"""What servers, and machines before them, send with a refusal."""

STATUSES: dict[int, type[ProviderError]] = {401: Unauthorized, 429: RateLimited, 500: Unavailable}


def streamed_and_whole_say_the_same(subject: Subject) -> None:
    """A reply says the same streamed and in one piece: the samples' text, and that it stopped."""
    samples = subject.samples
    streamed = _turn(subject, samples.stream, "events: the sample stream is read")
    whole = replace(subject.call(), stream=False)
    told = _turn(subject, (samples.whole,), "whole: the sample body is read", whole)
    said = (streamed.text, streamed.finish)
    keep(said == (samples.text, "stop"), "events: the sample's words, then Finish('stop')", said)
    keep(streamed == told, "whole: says what the stream says", f"{told} and {streamed}")


def _turn(subject: Subject, pieces: tuple[Piece, ...], rule: str, call: Call | None = None) -> Turn:
    try:
        return fold(subject.read(pieces, call))
    except NbproviderError as error:
        raise broken(rule, error) from error


def a_cut_is_unavailable(subject: Subject) -> None:
    """A reply that is cut off before its end is Unavailable; one that has ended is not."""
    stream, end = subject.samples.stream, subject.samples.end
    for kept in range(end + 1):
        _refused(subject, stream[:kept])
    _refused(subject, (*stream[:end], raw(stream[end])[:-12]))
    ended = _heard(subject, stream[: end + 1])
    keep(any(isinstance(one, Finish) for one in ended), "events: the end mark says Finish")


def _heard(subject: Subject, pieces: tuple[Piece, ...]) -> list[Event]:
    try:
        return subject.read(pieces)
    except NbproviderError as error:
        raise broken("events: a reply whose end was heard is whole", error) from error


def _refused(subject: Subject, pieces: tuple[Piece, ...]) -> None:
    try:
        subject.read(pieces)
    except Unavailable:
        return
    raise broken("close: a reply that is cut off has no Finish made up", f"after {len(pieces)}")


def replies_share_nothing(subject: Subject) -> None:
    """Two replies that are read in turns do not mix: what is remembered lives in State."""
    stream = subject.samples.stream
    here, there = subject.reading(), subject.reading()
    first: list[Event] = list(here.feed(raw(stream[0])))
    second: list[Event] = []
    for piece, next_piece in zip(stream, (*stream[1:], ""), strict=True):
        second.extend(there.feed(raw(piece)))
        first.extend(here.feed(raw(next_piece)))
    first.extend(here.close())
    second.extend(there.close())
    alone = subject.read(stream)
    keep(first == second == alone, "State: replies that are read in turns share nothing")


def a_refusal_means_its_status(subject: Subject) -> None:
    """A refusal means what its status says whatever its body, and has message and hint."""
    for status in STATUSES:
        for what in BODIES:
            refusal_of(subject, status, what)


def refusal_of(subject: Subject, status: int, what: str) -> None:
    """Check one status and one body; see `a_refusal_means_its_status`."""
    rule = f"error: status {status} with {what} is {STATUSES[status].__name__}"
    headers = {"content-type": "text/html"}
    try:
        error = subject.protocol.error(status, headers, BODIES[what])
    except Exception as failure:
        raise broken(rule, f"{type(failure).__name__}: {failure}") from failure
    keep(type(error) is STATUSES[status], rule, type(error).__name__)
    keep(error.status == status, f"{rule}, and knows its status", error.status)
    keep(error.message and error.hint, f"{rule}, with a message and a hint")


def models_are_listed(subject: Subject) -> None:
    """A list of models is asked for without a key, and read."""
    if subject.samples.listed is None:
        return
    request = subject.protocol.models(subject.endpoint)
    asked = (request.method, request.body)
    keep(asked == ("GET", b""), "models: a list is got, with no body", asked)
    # Ollama lists its models beside the address of its chat, others below theirs.
    keep(request.url.startswith("http://127.0.0.1:9/"), "models: at the base URL", request.url)
    page: Page = subject.protocol.parse_models(subject.samples.listed)
    keep(all(isinstance(model, Listed) for model in page.models), "parse_models: gives Listed")
    names = [model.id for model in page.models]
    keep(names == [subject.samples.model], "parse_models: the models by id", names)
    keep(page.next is None, "parse_models: the last page names no next one", page.next)
