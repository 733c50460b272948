"""One question with all its steps: a call, the tools that it asks for, the next call.

One generator for every driver; each step is a call of its own in the ledger, and is kept in the
chat as soon as it has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider.errors import BadRequest, BudgetExceeded, NbproviderError
from nbprovider.flow import Flow
from nbprovider.ledger.chats import Said
from nbprovider.session import mending, steps, terms
from nbprovider.session.chat import Chat
from nbprovider.session.keeping import said
from nbprovider.session.pulse import Listener, Pulse, beating
from nbprovider.session.spend import counted
from nbprovider.session.workbench import STOPPED, Workbench
from nbprovider.types import Event, Interrupted, Message, Part, Rejected

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.question import Question
    from nbprovider.session.running import Running
    from nbprovider.session.session import Session


NO_BUDGET = "not asked again: the budget is spent"


class Talk:
    """Lead one question to its answer, as often as it takes.

    Whoever drives `flow` hands each of its events to `saw`, inside `watched`, and calls `end` when
    it is over, however that came. Making one plans the first call: it raises what cannot be asked.
    """

    def __init__(
        self, session: Session, asked: Question, chat: Chat | None, listeners: tuple[Listener, ...]
    ) -> None:
        self._session = session
        self._asked = asked
        self._chat = chat
        self._pulse = Pulse(terms.rhythm(session.settings)) if listeners else None
        self._listeners = (*listeners, *((self._pulse,) if self._pulse else ()))
        self._outside = listeners
        self._bench = Workbench(asked.runnables, (tool.name for tool in asked.tools))
        self._most = asked.max_steps or session.settings.max_steps
        self._earlier: list[Running] = []
        self._notes: list[str] = []
        self._tally = ""
        self._repairs = 0
        self._kept = self._stopped = False
        memory = chat or Chat()
        self._messages = (*memory.history(asked.system), asked.message)
        call, self._plan = session.calls.planned(asked, self._messages, chat)
        self.running = session.calls.begin(asked, call, self._plan, chat, self._listeners)
        self.running.note(*memory.told())
        self.flow = self._steps()

    def _steps(self) -> Flow:
        """Yield what a driver has to do, and what happens; raises what ends a call."""
        yield from self._asking()
        while True:
            if self._bench.can(self.running.answer().tool_calls):
                answer = self._close()
                if why := self._over():
                    self._leave_off(why, f"Not run: {why}.")
                    return
                yield from self._bench.work()
                self._next(answer, self._bench.results())
            elif why := self._wrong():
                yield Rejected(f"{why}.")
                answer = self._close()
                if self._left() == 0:
                    self._notes.append(NO_BUDGET)
                    return
                self._repairs += 1
                self._next(answer, mending.again(why))
            else:
                return
            yield from self._asking()

    def _asking(self) -> Flow:
        """Yield from one call; one whose schema was refused is made again, with words for it."""
        try:
            yield from self.running.flow
        except BudgetExceeded:
            if not self._repairs:
                raise
            self._notes.append(NO_BUDGET)
            self.running, self._kept = self._earlier[-1], True
        except BadRequest as error:
            if self._asked.schema is None or not mending.refused(error):
                raise
            yield Rejected(error.message)
            self._notes.append("asked in words: the provider refused the schema")
            self._asked = replace(self._asked, schema=None)
            self._begin()
            yield from self.running.flow

    def _wrong(self) -> str:
        """Return what is wrong with the answer's shape, "" where it is not asked for again."""
        shape, most = self._asked.shape, self._session.settings.repairs
        if shape is None or self._kept or self._repairs >= most:
            return ""
        return mending.wrong(self.running.answer(), shape)

    def _over(self) -> str:
        """Return why there is no next step, "" when there is one."""
        if len(self._earlier) >= self._most:
            return f"ended after {self._most} step{'s'[: self._most != 1]}, with tools asked for"
        if self._left() == 0:
            return "ended before its next step: all that it may cost is spent"
        return ""

    def _left(self) -> float | None:
        """Return the USD that the next steps may cost, None for any."""
        if self._asked.max_cost is None:
            return None
        spent = steps.cost(self._earlier).nano or 0
        return max(0.0, self._asked.max_cost - spent / 1e9)

    def _next(self, answer: Answer, parts: tuple[Part, ...]) -> None:
        """Begin the call that goes on from an answer, by who gave it: what tools gave, or words."""
        self._asked = replace(
            self._asked,
            parts=parts,
            tool_choice="auto",
            max_cost=self._left(),
        )
        self._messages = (*self._messages, answer.turn.message(), self._asked.message)
        self._plan = self._plan.led_by(answer.route)
        self._begin()

    def _begin(self) -> None:
        """Put the next call on its way; nothing is sent yet."""
        asked, chat = self._asked, self._chat
        call, self._plan = self._session.calls.planned(asked, self._messages, chat, self._plan)
        self.running = self._session.calls.begin(asked, call, self._plan, chat, self._listeners)
        self._kept = False

    def saw(self, event: Event) -> None:
        """Take in one event, and tell the listeners."""
        self.running.saw(event)

    def overspent(self) -> bool:
        """Say whether the answer has cost all that it may; it ends here, as far as it came."""
        return self.running.overspent()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn whatever stops the question from outside into an event; beat the pulse."""
        with beating(self._pulse, self._outside) if self._pulse else nullcontext():
            try:
                yield
            except BaseException as error:
                self.running.ended_by(error)
                if not isinstance(error, NbproviderError) and self._bench.open:
                    self._stop()
                raise

    def _stop(self) -> None:
        """Say that the question was stopped between two calls."""
        self._stopped = True
        for listener in self._listeners:
            listener.saw(Interrupted())

    def end(self) -> None:
        """Keep what the last step said; and what tools gave, where the model was not told."""
        if not self._kept:
            self._close()
        if self._bench.open:
            self._leave_off()
        answer = self.answer()
        if answer.parts or answer.status != "failed":
            self._session.last = answer

    def _close(self) -> Answer:
        """Remember what was said, and in its chat unless the call failed; return it."""
        running, chat, self._kept = self.running, self._chat, True
        answer = running.answer()
        self._earlier.append(running)
        if chat is not None:
            self._tally = counted(self._session, chat, running.recorder.summary())
        if answer.status == "failed":
            return answer
        asked, answered, notebook = said(running, answer)
        if answered.message.parts:
            self._bench.told()
            if chat is not None:
                running.note(chat.keep(asked, answered, notebook))
        if answer.status == "ok" and self._bench.can(answer.tool_calls):
            self._bench.take(answer.tool_calls)
        return answer

    def _leave_off(self, note: str = "", why: str = STOPPED) -> None:
        """Keep what tools gave without an answer to it, so that the chat can go on."""
        self._notes.append(note)
        if self._chat is not None:
            results = Message("tool", self._bench.results(why))
            self._notes.append(self._chat.add(Said(results)))
        self._bench.told()

    def answer(self) -> Answer:
        """Return what has been answered, so far or finished."""
        runnings = [*self._earlier, *(() if self._kept else (self.running,))]
        answer = steps.joined(runnings, [*self._notes, *self._mended(), self._tally])
        if self._stopped:
            answer = replace(answer, status="interrupted", notes=("interrupted", *answer.notes))
        return answer.shaped(self._asked.shape)

    def _mended(self) -> Iterator[str]:
        if self._repairs:
            times = "once" if self._repairs == 1 else f"{self._repairs} times"
            yield f"asked again {times}: not of the shape"
