"""One call on its way: its listeners, and the answer in the end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from nbprovider import catalog
from nbprovider.answer import Answer, Status
from nbprovider.credentials.redaction import without_known
from nbprovider.errors import NbproviderError, UnknownModel
from nbprovider.flow import Flow
from nbprovider.ledger import Recorder
from nbprovider.session.budgets import Purse
from nbprovider.session.pulse import Listener
from nbprovider.session.steps import lacking
from nbprovider.session.window import Window
from nbprovider.types import (
    Answered,
    Call,
    Delta,
    Event,
    Failed,
    Fold,
    Interrupted,
    Message,
    Route,
    Started,
    Turn,
)


class Running:
    """Hand each event to the listeners, keep what the answer needs.

    The fold comes last: whoever looks back at a failed attempt still finds it there. `began`: when
    it did, on the clock of `time.monotonic`.
    """

    def __init__(
        self,
        call: Call,
        flow: Flow,
        recorder: Recorder,
        listeners: tuple[Listener, ...],
        purse: Purse,
        window: Window | None = None,
    ) -> None:
        self.call = call
        self.flow = flow
        self.recorder = recorder
        self.fold = Fold()
        self._purse = purse
        self._window = window
        self._listeners: tuple[Listener, ...] = (recorder, *listeners, purse, self.fold)
        self.began = time.monotonic()
        self._first: float | None = None
        self._ended: float | None = None
        self._route: Route | None = None
        self._failures: list[Failed] = []
        self._told: list[str] = []
        self._failed_at: list[Route | None] = []
        self.stopped = False
        self.answered = False

    def saw(self, event: Event) -> None:
        """Take in one event, and tell the listeners."""
        if type(event) is Delta:
            if self._first is None:
                self._first = time.monotonic()
        elif isinstance(event, Started):
            self._route, self._first = event.route, None
        elif isinstance(event, Failed):
            self._failures.append(event)
            self._failed_at.append(self._route)
        elif isinstance(event, Answered | Interrupted):
            self._ended = time.monotonic()
            self.answered = isinstance(event, Answered)
        for listener in self._listeners:
            listener.saw(event)
        if self._is_end(event):
            self._purse.close()

    def overspent(self) -> bool:
        """Say whether the answer has cost all that it may; it ends here, as far as it came."""
        if self._purse.spent and self._ended is None:
            self.stopped = True
            self.saw(Interrupted())
        return self._purse.spent

    @staticmethod
    def _is_end(event: Event) -> bool:
        last = isinstance(event, Failed) and event.next_route is None
        return last or isinstance(event, Answered | Interrupted)

    def listen(self, listener: Listener) -> None:
        """Tell one more listener what happens."""
        self._listeners = (listener, *self._listeners)

    def note(self, *words: str) -> None:
        """Have the footer say something of the chat, "" for nothing."""
        self._told += filter(None, words)

    @property
    def asked(self) -> Message:
        """The question, as the last message of the call."""
        return self.call.messages[-1]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn whatever stops the call from outside into an event; name a retired model's heir."""
        try:
            yield
        except BaseException as error:
            self.ended_by(error)
            raise

    def ended_by(self, error: BaseException) -> None:
        """Take in what has ended the call, unless it had ended itself."""
        if isinstance(error, UnknownModel):
            name_successor(error)
        elif not isinstance(error, NbproviderError) and self._ended is None:
            self.stopped = True
            self.saw(Interrupted())

    def standing(self) -> list[str]:
        """Return what the footer says of sums as they are now: a later call's are others."""
        return [*filter(None, (lacking(self.recorder.summary()), self._purse.bar))]

    def answer(self) -> Answer:
        """Return what has been answered, so far or finished."""
        turn = _without_secrets(self.fold.turn())
        route = self._route or Route("", self.call.model, "")
        cost = self.recorder.summary()
        usage = self.recorder.usage or turn.usage
        now = time.monotonic()
        return Answer(
            msgspec.structs.replace(turn, usage=usage),
            route,
            cost.nano,
            cost.source,
            None if self._first is None else self._first - self.began,
            (self._ended or now) - self.began,
            self._status(),
            tuple(self._notes(turn.finish)),
            self._provenance(route, turn.model),
        )

    def _status(self) -> Status:
        if self.stopped:
            return "interrupted"
        return "failed" if self._failed else "ok"

    @property
    def _failed(self) -> bool:
        """Whether the last attempt failed, so that there will be no other."""
        return bool(self._failures) and self._failures[-1].next_route is None

    def _notes(self, finish: str | None) -> Iterator[str]:
        """Yield what else must not go unseen."""
        if self._status() != "ok":
            yield self._status()
        yield from dict.fromkeys(self._told)
        yield from [self._window.note] if self._window and self._window.note else []
        yield from self._purse.notes(finish)
        route = self._route
        if lack := lacking(self.recorder.summary()):
            yield lack
        if finish in _ENDINGS:
            yield _ENDINGS[finish]
        if self._failures and not self._failed:
            yield _told(self._failures, self._failed_at, route)
        if route:
            yield from _near_end(route)

    def _provenance(self, route: Route, served: str) -> dict[str, Any]:
        """Return where the answer comes from, as the saved notebook keeps it."""
        prompt = msgspec.json.encode(self.call.messages)
        return {
            "provider": route.provider,
            "account": route.account,
            "model": served or route.model,
            "asked": route.model,
            "reason": route.reason,
            "options": self.call.options.given(),
            "prompt_sha256": hashlib.sha256(prompt).hexdigest(),
            "usage": msgspec.to_builtins(self.recorder.usage or self.fold.turn().usage),
            "cost_source": self.recorder.summary().source,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def _without_secrets(turn: Turn) -> Turn:
    """Return what was said without the secrets that we know: a server may send a key back.

    So it is neither shown, nor kept, nor sent on to another provider with the chat.
    """
    told = msgspec.json.encode(turn).decode()
    clean = without_known(told)
    return turn if clean == told else msgspec.json.decode(clean, type=Turn)


_ENDINGS = {
    "length": "cut off at the token limit",
    "refused": "refused by the provider's content policy",
    "pause": "paused by the provider: ask to go on",
}


def _told(failures: list[Failed], routes: list[Route | None], answered: Route | None) -> str:
    """Return which attempts failed before the answer: how many, where, and of what.

    Where is told when somebody else has answered.
    """
    count = f"after {len(failures)} failed attempt{'s'[: len(failures) > 1]}"
    if answered is None or all(route == answered for route in routes):
        return f"{count}: {', '.join(dict.fromkeys(_kind(failure) for failure in failures))}"
    pairs = zip(failures, routes, strict=True)
    kinds = dict.fromkeys(f"{_kind(f)} at {route.ref}" for f, route in pairs if route)
    return f"{answered.account or answered.provider} answered {count}: {', '.join(kinds)}"


def _kind(failure: Failed) -> str:
    return type(failure.error).__name__


def name_successor(error: UnknownModel) -> None:
    """Write on the error what to take in place of a retired model."""
    if not error.provider:
        return
    end = catalog.retirement(catalog.find(error.provider), error.model)
    if end:
        error.hint = end.told()


def _near_end(route: Route) -> Iterator[str]:
    """Yield that the model will soon answer no more, and what to take then."""
    if not catalog.known(route.provider):
        return
    end = catalog.retirement(catalog.find(route.provider), route.model)
    if end and end.is_near(datetime.now(UTC).date()):
        yield f"retires on {end.on}" + (f": take {end.successor}" if end.successor else "")
