"""How much of a conversation is sent: a policy that can be set, and is seen where it leaves out.

What is left out are the oldest exchanges, each whole: a call of a tool never goes without its
result. Instructions, the present question and what its tools gave always stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.errors import ContextTooLong, UsageError
from nbprovider.ledger import estimate
from nbprovider.session.exchanges import begins
from nbprovider.types import Message, Text
from nbprovider.view import tokens

if TYPE_CHECKING:
    from nbprovider.types import Call, Route

AUTO = "auto"
ALL = "all"
SUMMARY = "summary"
WORDS = (AUTO, ALL, SUMMARY)

SPARE = 1.1
"""How many times more tokens a conversation is taken to be than estimated."""

ANSWER = 16_000
"""Tokens that are kept free for an answer of which nobody says how long it may be, at most."""

STEPS = 4
"""What is left out grows by this part of the window: a provider's cache knows the rest again."""

UNTOLD, LEAST, MOST = 0.6, 0.05, 0.8
"""The part that is sent again when a provider calls a conversation too long: where its words say
no numbers, at least, at most."""

SHORT = 600
"""Tokens that are kept free for a summary, at most; a quarter of what the model reads where that is
less."""

_SET = re.compile(r"(\d+)([kK]?)")
_COUNT = re.compile(r"(?<!\w)\d[\d,]*\d(?!\w)")
_COUNTS = range(1000, 20_000_000)


class Policy(Struct, frozen=True):
    """What of a conversation may be sent, `told` in the user's words.

    - `exchanges`: so many earlier ones at most; `tokens`: of all together, by our estimate
    - `fits`: whether what the model cannot read is left out; `sums`: whether it is told in short
    """

    told: str = AUTO
    exchanges: int | None = None
    tokens: int | None = None
    fits: bool = True
    sums: bool = False


class Summary(Struct, frozen=True):
    """What the first messages of a chat said: how many, the last of them, in short."""

    count: int
    until: Message
    text: str

    def is_of(self, messages: tuple[Message, ...]) -> bool:
        """Say whether the messages begin with those that it tells."""
        return len(messages) >= self.count and messages[self.count - 1] == self.until

    @property
    def message(self) -> Message:
        """The summary as instructions."""
        return Message("system", (Text(f"Before this, in short:\n{self.text}"),))


def policy(told: str | int) -> Policy:
    """Return the policy that `auto`, `all`, `summary`, `6` (exchanges) or `8k` (tokens) means.

    Raises UsageError for anything else.
    """
    word = str(told).strip().lower()
    if word in WORDS:
        return Policy(word, fits=word != ALL, sums=word == SUMMARY)
    if isinstance(told, bool) or not (number := _SET.fullmatch(word)):
        raise UsageError(
            f"There is no window {told!r}.",
            hint="It is auto, all, summary, a number of earlier exchanges as 6, or tokens as 8k.",
        )
    count = int(number[1])
    return Policy(word, tokens=count * 1000) if number[2] else Policy(word, exchanges=count)


class Windows:
    """What providers have taught in this kernel: model → tokens, by our estimate, that it reads."""

    def __init__(self) -> None:
        self._learnt: dict[tuple[str, str], int] = {}

    def limit(self, call: Call, route: Route) -> int | None:
        """Return how many tokens a call may be, by our estimate; None where nobody knows."""
        learnt = self._learnt.get((route.provider, route.model))
        known = reads(route)
        if known is None:
            return learnt
        room = int((known - min(_answer(call, route, known), known // 2)) / SPARE)
        return room if learnt is None else min(room, learnt)

    def learn(self, route: Route, limit: int | None) -> int | None:
        """Remember that a model reads no more than so many tokens; return what was known before."""
        name = (route.provider, route.model)
        before = self._learnt.pop(name, None)
        if limit is not None:
            self._learnt[name] = limit
        return before


class Window:
    """One call's view of its conversation: what is left out for a route, and why.

    `summary` is what is known in short of its beginning. `note` says what the last `fit` left out.
    """

    def __init__(self, windows: Windows, policy: Policy, summary: Summary | None = None) -> None:
        self._windows = windows
        self._policy = policy
        self._summary = summary if policy.sums else None
        self.note = ""

    def fit(self, call: Call, route: Route) -> Call:
        """Return the call with as much of its conversation as the policy sends this route."""
        messages, head = call.messages, _instructions(call.messages)
        at, why = self._begin(call, route, head)
        if at == head:
            self.note = ""
            return call
        short = self._summary if self._summary and self._summary.is_of(messages[head:at]) else None
        self.note = self._told(at - head, short.count if short else 0, why)
        told = (short.message,) if short else ()
        return replace(call, messages=(*messages[:head], *told, *messages[at:]))

    def left_out(self, call: Call, route: Route) -> tuple[Message, ...]:
        """Return the messages that are left out for a route."""
        head = _instructions(call.messages)
        return call.messages[head : self._begin(call, route, head)[0]]

    def _begin(self, call: Call, route: Route, head: int) -> tuple[int, str]:
        """Return from where on the conversation is sent, and why not from its beginning."""
        at, why, limit = head, "", self._limit(call, route)
        if self._policy.exchanges is not None:
            at = _last(call.messages, head, self._policy.exchanges)
            why = f"--window {self._policy.told}"
        if limit is not None and (further := _fitting(call, at, limit)) > at:
            return further, self._why(route, limit)
        return at, why

    def shorten(self, call: Call, route: Route, error: ContextTooLong) -> bool:
        """Learn from a refusal; say whether the call would be shorter when it is made again."""
        if not self._policy.fits:
            return False
        sent = self.fit(call, route)
        before = self._windows.learn(route, int(estimate.asked(sent) * _part(error)))
        if len(self.fit(call, route).messages) < len(sent.messages):
            return True
        self._windows.learn(route, before)  # of a question that is too long alone nothing is learnt
        return False

    def _limit(self, call: Call, route: Route) -> int | None:
        own = self._policy.tokens
        read = self._windows.limit(call, route) if self._policy.fits else None
        if read is not None and self._policy.sums:
            read -= min(SHORT, read // 4)
        return min((limit for limit in (own, read) if limit is not None), default=None)

    def _why(self, route: Route, limit: int) -> str:
        if limit == self._policy.tokens:
            return f"--window {self._policy.told}"
        known = reads(route)
        return f"the model reads {tokens(known)} tokens" if known else "too long for the model"

    def _told(self, count: int, short: int, why: str) -> str:
        if short == count:
            return f"the first {count} messages sent as a summary ({why})"
        some = f", {short} of them as a summary" if short else ""
        return f"the first {count} messages not sent{some} ({why})"


def reads(route: Route) -> int | None:
    """Return how many tokens a route's model reads, question and answer; None: nobody says."""
    if catalog.find(route.provider).launcher == "embedded":
        from nbprovider import embedded

        return embedded.CONTEXT
    told = catalog.model(route.provider, route.model)
    return told.facts.context if told else None


def _answer(call: Call, route: Route, known: int) -> int:
    """Return how many tokens to keep free for the answer."""
    usual = catalog.find(route.provider).quirks.body.get("max_tokens")
    told = catalog.model(route.provider, route.model)
    longest = (told.facts.max_output if told else None) or known // 4
    return call.options.max_tokens or usual or min(longest, known // 4, ANSWER)


def _instructions(messages: tuple[Message, ...]) -> int:
    """Return how many messages at the beginning are instructions."""
    return next((at for at, one in enumerate(messages) if one.role != "system"), len(messages))


def _last(messages: tuple[Message, ...], head: int, count: int) -> int:
    """Return where the last exchanges begin: the present one, and so many before it."""
    borders = begins(messages)
    return borders[-1 - count] if len(borders) > count + 1 else head


def _fitting(call: Call, at: int, limit: int) -> int:
    """Return from where on a conversation may be sent, not before a place, to be within a limit."""
    sizes = [estimate.message(message) for message in call.messages]
    head = _instructions(call.messages)
    fixed = estimate.asked(replace(call, messages=())) + sum(sizes[:head])
    over = fixed + sum(sizes[at:]) - limit
    if over <= 0:
        return at
    step = max(1, limit // STEPS)
    wanted = -(-over // step) * step
    for border in begins(call.messages):
        at = max(at, border)
        if sum(sizes[head:at]) >= wanted:
            break
    return at


def _part(error: ContextTooLong) -> float:
    """Return which part of what was sent may be read, by the numbers in a refusal's words."""
    found = {int(n.replace(",", "")) for n in _COUNT.findall(f"{error.message} {error.detail}")}
    counts = sorted(count for count in found if count in _COUNTS)
    if len(counts) == 1 or not counts:
        return UNTOLD
    return min(MOST, max(LEAST, counts[-2] / counts[-1] * 0.9))
