"""Find the models on offer: ask accounts, search, register, try, give roles."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from nbprovider.catalog import find
from nbprovider.credentials import Account
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.ledger import register, unregister
from nbprovider.ledger.offers import Offered
from nbprovider.session import current
from nbprovider.session.discovery import answers, described, models_of
from nbprovider.session.roles import roles, set_role, unset_role
from nbprovider.types import Route
from nbprovider.ui.forms import models_list, models_page
from nbprovider.ui.forms.form import Form
from nbprovider.ui.forms.models_list import Entry
from nbprovider.ui.forms.parts import Page

SHOWN = 10
"""Rows at a time: few enough that each letter of a search is answered at once."""


class State(Struct):
    """All that the page is made of.

    - `accounts`: name → account, those that are asked; `failed`: name → why it did not answer
    - `entries`: every model that was found, in order; `passing`: those that are searched for
    - `first`: the number of the first that is shown
    - `chosen`: the full name of the model that gets roles, "" for none
    - `roles`: role → full name of its model
    - `custom`: a model of no list that is written by hand, and for which account
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    passing: list[Entry] = field(default_factory=list)
    only: str = ""
    search: str = ""
    order: str = "name"
    filters: set[str] = field(default_factory=set)
    first: int = 0
    chosen: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    custom: str = ""
    custom_account: str = ""


class Models(Form):
    """Ask all accounts at once, or the one that is named; show what each says as it comes."""

    def __init__(self, account: str = "") -> None:
        super().__init__()
        self._state = State()
        self._named = account
        self._ready = False
        self._begin()

    def _begin(self) -> None:
        """Look which accounts there are, then ask them."""

        def known() -> tuple[list[Account], dict[str, str]]:
            return current().accounts(), roles()

        def begun(told: tuple[list[Account], dict[str, str]]) -> None:
            accounts, self._state.roles = told
            for account in accounts:
                if not self._named or self._named in (account.name, account.provider):
                    self._state.accounts[account.name] = account
                    self._ask(account)
            self._ready = True

        self.start("begin", "Looking for accounts", lambda: asyncio.to_thread(known), begun)

    def _ask(self, account: Account) -> None:
        """Ask one account; what goes wrong is told in its own row."""
        self._state.failed.pop(account.name, None)

        async def asked() -> tuple[Offered, ...] | NbproviderError:
            try:
                return await models_of(current(), account)
            except NbproviderError as error:
                return error

        def done(told: tuple[Offered, ...] | NbproviderError) -> None:
            state = self._state
            if isinstance(told, NbproviderError):
                state.failed[account.name] = str(told)
                return
            others = [one for one in state.entries if one.told.account != account.name]
            self._found(account, told, others)

        self.start(f"ask {account.name}", f"Asking {account.name}", asked, done)

    def _found(self, account: Account, told: tuple[Offered, ...], others: list[Entry]) -> None:
        """Put an account's models among the others."""
        state, local = self._state, find(account.provider).kind in ("local", "embedded")
        new = [models_list.entry(model, local=local) for model in told]
        state.entries = models_list.ordered([*others, *new], state.order)
        self._look(state.first)

    def _look(self, first: int = 0) -> None:
        """Search anew, and show from this number on, as far as there are so many."""
        state = self._state
        pool = [e for e in state.entries if state.only in ("", e.told.account)]
        state.passing = models_list.found(pool, state.search, state.filters)
        state.first = first if first < len(state.passing) else 0

    def _page(self) -> Page:
        return models_page.page(self._state, self.said, SHOWN, looked=self._ready)

    def _set(self, name: str, value: Any, row: str) -> None:
        state = self._state
        if name == "models":
            self._tick(row, on=value)
        elif name in ("search", "only"):
            setattr(state, name, value)
            self._look()
        elif name == "order":
            state.order = value
            state.entries = models_list.ordered(state.entries, value)
            self._look()
        elif name in ("custom", "custom_account"):
            setattr(state, name, value.strip())

    def _act(self, name: str, row: str) -> None:
        kind, _, word = name.partition(" ")
        if kind == "filter":
            self._state.filters ^= {word}
            self._look()
        elif kind == "role":
            self._give(word)
        else:
            getattr(self, f"_on_{name}")(row)

    def _on_earlier(self, _row: str) -> None:
        self._state.first = max(0, self._state.first - SHOWN)

    def _on_later(self, _row: str) -> None:
        if self._state.first + SHOWN < len(self._state.passing):
            self._state.first += SHOWN

    def _on_clear(self, _row: str) -> None:
        state = self._state
        state.search, state.only, state.filters = "", "", set()
        self._look()

    def _on_again(self, row: str) -> None:
        """Ask an account again, or all."""
        named = [self._state.accounts[row]] if row else [*self._state.accounts.values()]
        for account in named:
            self._ask(account)

    def _on_test(self, row: str) -> None:
        told = self._entry(row).told
        route = Route(told.provider, told.model, told.account, "it is tried")

        def answered(words: str) -> None:
            self.say(words, "good")

        self.start("test", f"Asking {told.model}", lambda: answers(current(), route), answered)

    def _tick(self, row: str, *, on: bool) -> None:
        """Register a model, or forget that it was."""
        told = self._entry(row).told
        if told.registered == on:
            return
        if on:
            register(current().ledger, told.account, told.model)
            self.say(_told(Route(told.provider, told.model, told.account)), "good")
        else:
            unregister(current().ledger, told.account, told.model)
            self.say(f"{row} is not registered any more.")
        self._marked(row, registered=on)

    def _marked(self, row: str, *, registered: bool) -> None:
        state = self._state
        for entries in (state.entries, state.passing):
            for number, one in enumerate(entries):
                if one.ref == row:
                    entries[number] = replace(one, told=replace(one.told, registered=registered))

    def _on_roles(self, row: str) -> None:
        self._state.chosen = "" if row == self._state.chosen else row

    def _on_done(self, _row: str) -> None:
        self._state.chosen = ""

    def _give(self, role: str) -> None:
        """Give the chosen model a role; one that it has is taken away."""
        chosen = self._entry(self._state.chosen).ref
        if self._state.roles.get(role) == chosen:
            unset_role(role)
            self.say(f"The role {role} is free again.")
        else:
            set_role(role, chosen)
            self.say(f"{role} is {chosen} from now on: `%%chat {role}`.", "good")
        self._state.roles = roles()

    def _on_add(self, _row: str) -> None:
        """Register a model that no list has."""
        state = self._state
        account = state.accounts.get(state.custom_account or next(iter(state.accounts), ""))
        if account is None or not state.custom:
            raise UsageError("No model is named.", hint="Write its id as the provider does.")
        self._register(account, state.custom)
        state.custom = ""

    def _register(self, account: Account, model: str) -> None:
        def registered() -> Offered:
            session = current()
            register(session.ledger, account.name, model)
            known = described(session, account)
            return next(told for told in known if told.model == model)

        def done(told: Offered) -> None:
            same = (account.name, model)
            others = [e for e in self._state.entries if (e.told.account, e.told.model) != same]
            self._found(account, (told,), others)
            self.say(_told(Route(account.provider, model, account.name)), "good")

        self.start("add", "Saving", lambda: asyncio.to_thread(registered), done)

    def _entry(self, ref: str) -> Entry:
        one = next((entry for entry in self._state.entries if entry.ref == ref), None)
        if one is None:
            raise UsageError(f"{ref} is not in the list.", hint="Ask the account again.")
        return one


def _told(route: Route) -> str:
    return f"{route.ref} is registered: `{route.model}` alone means it from now on."
