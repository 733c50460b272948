"""The session: what one kernel knows, and the one place where all layers meet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider import config, credentials, routing
from nbprovider.answer import Answer
from nbprovider.catalog import Endpoint, find
from nbprovider.credentials import Access, Account, Secret
from nbprovider.flow import Guard, Means, resilient
from nbprovider.ledger import Ledger, Recorder
from nbprovider.ledger.costs import Sum
from nbprovider.protocols import objects
from nbprovider.routing.allowance import Allowances
from nbprovider.routing.breaker import Breakers
from nbprovider.session import budgets, renewal, terms
from nbprovider.session.budgets import Purse
from nbprovider.session.calls import Calls
from nbprovider.session.chat import MAIN, Chat
from nbprovider.session.driving import adriven, driven
from nbprovider.session.models import Models
from nbprovider.session.place import Place, place
from nbprovider.session.planning import Planner
from nbprovider.session.preview import Preview
from nbprovider.session.pulse import Listener
from nbprovider.session.question import Prompt, Question, Words, question
from nbprovider.session.replaying import Replay
from nbprovider.session.running import Running
from nbprovider.session.streams import AnswerStream, AsyncAnswerStream
from nbprovider.session.summing import asummarise, summarise
from nbprovider.session.talk import Talk
from nbprovider.session.window import Windows
from nbprovider.types import Call, Route

if TYPE_CHECKING:
    from nbprovider import transport


class Session:
    """One kernel's chats, active model, ledger, and the ways to ask.

    `opened` names the chat that goes on when a cell names none. `place` is called for each question
    and says where it is asked; `purpose` is what the ledger says that questions are for. `began` is
    when the session did (microseconds since 1970), `looked` what it had spent when that was last
    asked for.
    """

    def __init__(self, place: Callable[[], Place] = place) -> None:
        self.place = place
        self.purpose = "chat"
        self.active: str | None = None
        self.chats: dict[str, Chat] = {}
        self.opened = MAIN
        self.last: Answer | None = None
        self.began = time.time_ns() // 1000
        self.looked: Sum | None = None
        self._ledger: Ledger | None = None
        self.models = Models(self)
        self.planner = Planner(self)
        self.replay = Replay(self)
        self.calls = Calls(self)
        self.breakers = Breakers(lambda route: terms.limit(self.settings, route))
        self.windows = Windows()
        self.allowances = Allowances(lambda: self.settings.longest_wait)

    @property
    def settings(self) -> config.Settings:
        """What settings.toml says."""
        return config.settings()

    @property
    def ledger(self) -> Ledger:
        """The record of every call, opened when it is first needed."""
        if self._ledger is None:
            self._ledger = Ledger(config.home().data / "ledger.db")
        return self._ledger

    @property
    def network(self) -> transport.Settings:
        """How to reach the world; raises NotRecorded where replay lets nothing be sent."""
        self.replay.forbid()
        return terms.network(self.settings)

    def chat(self, name: str) -> Chat:
        """Return the chat of this name: this kernel's, else the stored one, else a new one."""
        if name not in self.chats:
            self.chats[name] = Chat(name)
        return self.chats[name]

    def accounts(self) -> list[Account]:
        """Return every account that is found, the preferred ones first."""
        return credentials.accounts(embedded=_embedded_installed())

    def route(self, name: str | None, chat: Chat | None = None) -> Route:
        """Return what a model's name, or none, means here, with the reason; see `Planner.route`."""
        return self.planner.route(name, chat)

    def resolve(self, name: str | None, chat: Chat | None = None) -> Route:
        """Return what `route` does, by what is known already: nobody is asked."""
        return routing.resolve(name, self.known(chat))

    def known(self, chat: Chat | None = None) -> routing.Known:
        """Return all that the meaning of a model's name depends on."""
        return self.planner.known(chat)

    def access(self, route: Route) -> Access:
        """Return the way to a route's provider: address and key.

        Raises MissingKey or ConfigError. May block: a server of our own is started here, a login's
        token is renewed.
        """
        provider = find(route.provider)
        if provider.launcher == objects.NAME:
            return Access(Endpoint(provider, ""), None, "")
        if provider.launcher == "embedded":
            from nbprovider import embedded

            base_url, key = embedded.endpoint()
            return Access(Endpoint(provider, base_url), Secret(key), provider.auth)
        way = renewal.access(route.account or route.provider, self.network)
        return replace(way, account=route.account or route.provider)

    def ask(
        self, prompt: Prompt, words: Words, chat: Chat | None = None, *listeners: Listener
    ) -> Answer:
        """Ask, wait, return the answer.

        An interrupt raises KeyboardInterrupt; what was said until then is in `last` and the chat.
        """
        asked = question(prompt, words, chat)
        summarise(self, asked, chat)
        return self.answered(asked, chat, *listeners)

    def answered(self, asked: Question, chat: Chat | None, *listeners: Listener) -> Answer:
        """Do what `ask` does with a question that is checked already."""
        talk = Talk(self, asked, chat, listeners)
        with closing(driven(self, talk)) as events:
            for _ in events:
                pass
        return talk.answer()

    async def aask(self, prompt: Prompt, words: Words, chat: Chat | None = None) -> Answer:
        """Ask without blocking the loop, return the answer."""
        asked = question(prompt, words, chat)
        await asummarise(self, asked, chat)
        return await self.aanswered(asked, chat)

    async def aanswered(self, asked: Question, chat: Chat | None) -> Answer:
        """Do what `aask` does with a question that is checked already."""
        talk = Talk(self, asked, chat, ())
        async with aclosing(adriven(self, talk)) as events:
            async for _ in events:
                pass
        return talk.answer()

    def stream(self, prompt: Prompt, words: Words, chat: Chat | None = None) -> AnswerStream:
        """Ask, return the answer piece by piece."""
        asked = question(prompt, words, chat)
        summarise(self, asked, chat)
        talk = Talk(self, asked, chat, ())
        return AnswerStream(driven(self, talk), talk.answer)

    def astream(
        self, prompt: Prompt, words: Words, chat: Chat | None = None, *listeners: Listener
    ) -> AsyncAnswerStream:
        """Ask, return the answer piece by piece, for `async for`.

        What is wrong with the question is raised at once, before anything is sent.
        """
        talk = Talk(self, question(prompt, words, chat), chat, listeners)
        return AsyncAnswerStream(adriven(self, talk), talk.answer)

    async def atried(self, asked: Question, route: Route, access: Access) -> Answer:
        """Ask by a way that need not be an account's, once; the ledger says it was a test."""
        from nbprovider import transport

        call = Call(route.model, (asked.message,), asked.options)
        context = replace(self.calls.context(None, asked), purpose="test")
        purse = Purse(self, budgets.limits(self), context, call)
        means = Means(lambda _: access, replace(terms.policy(self.settings), tries=1), (purse,))
        recorder = Recorder(self.ledger, context, call)
        running = Running(call, resilient(call, (route,), means, purse.fit), recorder, (), purse)
        with running.watched():
            async with aclosing(transport.arun(running.flow, self.network)) as events:
                async for event in events:
                    running.saw(event)
                    if running.overspent():
                        break
        return running.answer()

    def preview(self, prompt: Prompt, words: Words, chat: Chat | None = None) -> Preview:
        """Return what a question would take, by which routes; nothing is sent, nothing recorded."""
        return self.calls.preview(question(prompt, words, chat), chat)

    def means(self, *guards: Guard) -> Means:
        """Return what attempts are made with here."""
        return Means(self.access, terms.policy(self.settings), guards)


def _embedded_installed() -> bool:
    from nbprovider import embedded

    return embedded.installed()


_SESSIONS: dict[int, Session] = {}


def current() -> Session:
    """Return this process's session; a fork begins its own."""
    return _SESSIONS.setdefault(os.getpid(), Session())
