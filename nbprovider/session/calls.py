"""From a question to a call on its way: by whom, how much of the chat, in which shape, how dear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider.flow import resilient
from nbprovider.ledger import CallContext, Recorder, estimate
from nbprovider.ledger.attempt import call_id
from nbprovider.routing.allowance import Share
from nbprovider.routing.breaker import Fuse
from nbprovider.session import budgets, preview
from nbprovider.session.budgets import Purse
from nbprovider.session.chat import Chat
from nbprovider.session.planning import Plan
from nbprovider.session.running import Running
from nbprovider.session.shaping import Shaping
from nbprovider.session.window import Window, policy

if TYPE_CHECKING:
    from nbprovider.session.preview import Preview
    from nbprovider.session.pulse import Listener
    from nbprovider.session.question import Question
    from nbprovider.session.session import Session
    from nbprovider.types import Call, Message


class Calls:
    """Make calls of questions, with all that a session knows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(
        self,
        asked: Question,
        call: Call,
        plan: Plan,
        chat: Chat | None,
        listeners: tuple[Listener, ...],
    ) -> Running:
        """Return a call on its way by the routes of a plan; nothing is sent yet."""
        context = self.context(chat, asked)
        if plan.replayed:
            return self._session.replay.running(call, plan, context, listeners)
        window = self._window(asked, chat)
        shaping = self._shaping(asked)
        whole, call = call, window.fit(shaping.fit(call, plan.routes[0]), plan.routes[0])
        fuse = Fuse(self._session.breakers)
        purse = Purse(
            self._session, budgets.limits(self._session, asked.max_cost), context, call, plan.note
        )
        share = Share(self._session.allowances, estimate.asked(call))
        means = self._session.means(fuse, share, purse)
        fit = shaping.before(purse.fitting(window))
        flow = resilient(whole, plan.routes, means, fit, window.shorten)
        recorder = Recorder(self._session.ledger, context, call)
        running = Running(call, flow, recorder, (fuse, share, *listeners), purse, window)
        self._session.replay.record(running, plan, context)
        return running

    def planned(
        self,
        asked: Question,
        messages: tuple[Message, ...],
        chat: Chat | None,
        plan: Plan | None = None,
    ) -> tuple[Call, Plan]:
        """Return the call that a question makes, for the first route of its plan, and the plan."""
        call = asked.call(messages)
        key = self._session.replay.key(asked, call, chat)
        if key is not None and (recorded := self._session.replay.plan(key)):
            return replace(call, model=recorded.routes[0].model), recorded
        if plan is None or plan.replayed:
            plan = self._plan(asked, call, chat)
        plan = replace(plan, asked=key)
        return replace(call, model=plan.routes[0].model), plan

    def _plan(self, asked: Question, call: Call, chat: Chat | None) -> Plan:
        plan = self._session.planner.plan(asked.model, call, chat)
        if not (self._session.settings.fallback if asked.fallback is None else asked.fallback):
            return replace(plan, routes=plan.routes[:1])
        return plan

    def preview(self, asked: Question, chat: Chat | None) -> Preview:
        """Return what a question would take, by which routes; nothing is sent, nothing recorded."""
        messages = (*(chat or Chat()).history(asked.system), asked.message)
        call, plan = self.planned(asked, messages, chat)
        window = self._window(asked, chat)
        call = window.fit(self._shaping(asked).fit(call, plan.routes[0]), plan.routes[0])
        told = replace(plan, note=". ".join(filter(None, (plan.note, window.note))))
        return preview.of(self._session, call, told, self.context(chat, asked), asked.max_cost)

    def _window(self, asked: Question, chat: Chat | None) -> Window:
        """Return how much of a conversation a question is asked with."""
        meant = policy(asked.window or self._session.settings.window)
        return Window(self._session.windows, meant, chat.summary if chat else None)

    def _shaping(self, asked: Question) -> Shaping:
        """Return how models are held to the shape that a question wants."""
        return Shaping(asked.shape, self._session.accounts() if asked.shape else ())

    def context(self, chat: Chat | None, asked: Question) -> CallContext:
        """Return where and what for a question is asked."""
        place = self._session.place()
        return CallContext(
            call_id=call_id(),
            chat=chat.name if chat else "",
            notebook=place.notebook,
            cell=place.cell,
            purpose=asked.purpose or self._session.purpose,
            over_budget=asked.over_budget,
        )
