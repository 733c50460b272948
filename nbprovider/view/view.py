"""What is on screen while a call runs and after it, as data: painters only repaint it."""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.credentials.redaction import without_known
from nbprovider.types import (
    Answered,
    Citation,
    Delta,
    Event,
    Failed,
    Fold,
    Heartbeat,
    Interrupted,
    Opened,
    Part,
    Rejected,
    Sending,
    Started,
    Text,
    Thinking,
    ToolEnded,
    ToolStarted,
)
from nbprovider.view.tool_run import ToolRun, begun, ended, stopped
from nbprovider.view.words import seconds

PAUSE = 2.0
"""Seconds without an event after which a stream is said to pause."""


LONGEST_WAY = 3
"""Phases of a call's past that its status line tells."""

SHORTEST = 0.01
"""Seconds of a phase below which it is not told."""


class Seam(Struct, frozen=True):
    """Where one attempt ended and another began."""

    text: str


Shown = Part | Seam | ToolRun


class View:
    """Listen to events, know what is to be seen.

    What a failed attempt had shown stays, above a visible seam. Parts of the `hidden` kinds are
    not shown.
    """

    def __init__(self, hidden: tuple[type[Part], ...] = ()) -> None:
        self._hidden = hidden
        self._fold = Fold()
        self._phase = "resolving"
        self._route = ""
        self._before: list[Shown] = []
        self._beat: Heartbeat | None = None
        self._wait = 0.0
        self._between = False
        self.over = False

    def saw(self, event: Event) -> None:
        """Take in one event."""
        if type(event) is Heartbeat:
            self._beat = event
            return
        self._beat = self._beat and replace(self._beat, stalled=False)
        if type(event) is Delta:
            self._phase = "thinking" if type(event.part) is Thinking else "streaming"
        elif isinstance(event, Started):
            self._phase, self._route = "resolving", str(event.route.ref)
            self._between, self._beat = False, None
        elif isinstance(event, Sending):
            self._phase = "connecting"
        elif isinstance(event, Opened):
            self._phase = "waiting"
        elif isinstance(event, Failed):
            self._fail(event)
        elif isinstance(event, Answered | Interrupted):
            self.over = True
        else:
            self._saw_between(event)
        self._fold.saw(event)

    def _saw_between(self, event: Event) -> None:
        """Take in what happens between two calls of one question."""
        if isinstance(event, Rejected):
            self._go_on(f"{_sentence(event.why)} Asking again.")
            self._phase = "asking again"
        elif isinstance(event, ToolStarted):
            self._go_on()
            self._phase = f"running {event.call.name}"
            self._before = begun(self._before, event.call)
        elif isinstance(event, ToolEnded):
            self._before = ended(self._before, event.result)

    def _go_on(self, seam: str = "") -> None:
        """Keep what the call that has ended showed: the question takes another one."""
        self._before += [*self.answer(), *([Seam(seam)] if seam else [])]
        self._fold, self.over = Fold(), False

    def _fail(self, event: Failed) -> None:
        if event.next_route is None:
            self.over = True
            return
        ref = str(event.next_route.ref)
        what = f"trying {ref} again" if ref == self._route else f"going on with {ref}"
        self._phase, self._wait, self._between = what, event.wait or 0.0, True
        after = f" after {seconds(self._wait)}" if self._wait else ""
        words = f"{what[0].upper()}{what[1:]}{after}."
        self._before += [*self.answer(), Seam(f"{_sentence(event.error.message)} {words}")]

    def answer(self) -> list[Part]:
        """Return the parts of the current attempt, in the order of showing."""
        return [_without_secrets(part) for part in _joined(self._fold.turn().parts)]

    def shown(self) -> list[Shown]:
        """Return all that is to be seen: earlier attempts, their seams, and the answer."""
        before = stopped(self._before) if self.over else self._before
        return [item for item in (*before, *self.answer()) if type(item) not in self._hidden]

    def status(self, elapsed: float, silence: float = 0) -> str:
        """Return what is being waited for; "" while words stream.

        `elapsed`: seconds since the call began, `silence`: since its last event.
        """
        if self.over or (self._phase == "streaming" and silence < PAUSE):
            return ""
        if self._phase == "streaming":
            said = [f"no words for {silence:.0f} s", self._route]
        elif self._between:
            left = math.ceil(max(0.0, self._wait - silence))
            said = [f"{self._phase} in {left} s" if left else self._phase]
        else:
            said = [self._way(), self._thought(), self._route, f"{elapsed:.0f} s"]
        return " · ".join(filter(None, [*said, self._warning(silence)]))

    def _way(self) -> str:
        """Return the phase; from the first heartbeat on, how the call came to it."""
        past = self._beat.timeline[:-1] if self._beat else ()
        felt = [spell for spell in past if spell.seconds >= SHORTEST]
        spells = [f"{spell.phase} {seconds(spell.seconds)}" for spell in felt[-LONGEST_WAY:]]
        return " → ".join([*spells, self._phase])

    def _warning(self, silence: float) -> str:
        stalled = self._beat is not None and self._beat.stalled
        return f"⚠ nothing has come for {silence:.0f} s" if stalled else ""

    def _thought(self) -> str:
        if self._phase != "thinking":
            return ""
        words = sum(len(p.text.split()) for p in self.answer() if isinstance(p, Thinking))
        return f"{words:,} word{'s'[: words != 1]}"


def _sentence(words: str) -> str:
    """Return words with a full stop where nothing ends them: others quote what a provider said."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _without_secrets(part: Part) -> Part:
    """Return a part without the secrets that we know: a server may send a key back."""
    if not isinstance(part, Text | Thinking):
        return part
    clean = without_known(part.text)
    return part if clean == part.text else replace(part, text=clean)


def _joined(parts: tuple[Part, ...]) -> list[Part]:
    """Return the parts with neighbouring texts, and thoughts, made one.

    A citation between two texts is no break; each thought stays a paragraph.
    """
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + part.text)
        elif isinstance(part, Thinking) and isinstance(last, Thinking):
            joined[-1] = Thinking("\n\n".join(filter(None, (last.text, part.text))))
        elif not isinstance(part, Citation):
            joined.append(part)
    return joined + [part for part in parts if isinstance(part, Citation)]
