"""Which model plays which part, who stands in for whom, and what may be spent."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct, field

from nbprovider.catalog import find
from nbprovider.errors import UsageError
from nbprovider.ledger import registered
from nbprovider.ledger.budget import SCOPES
from nbprovider.session import budgets, current, panel
from nbprovider.session.chains import chains
from nbprovider.session.panel import Panel
from nbprovider.session.roles import roles, set_role, unset_role
from nbprovider.types.call import Ref
from nbprovider.ui.forms import defaults_page
from nbprovider.ui.forms.form import Form
from nbprovider.ui.forms.parts import Page


class State(Struct):
    """All that the page is made of.

    - `known`: the full names of models that can be chosen: registered ones, those of accounts
    - `roles`: role → model; `chains`: name → members
    - `chain`: the chain that is shown, "" for a new one; `name`: what that is to be called
    - `limits`: scope → USD, 0 for no limit; `spent`: what was
    """

    known: tuple[str, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    chain: str = ""
    name: str = ""
    limits: dict[str, float] = field(default_factory=dict)
    spent: Panel | None = None


class Defaults(Form):
    """Change what all kernels take when nothing else is said; each change is kept at once."""

    def __init__(self) -> None:
        super().__init__()
        self._state = State()

        def looked(state: State) -> None:
            self._state = state

        self.start("look", "Looking", lambda: asyncio.to_thread(_state), looked)

    def _page(self) -> Page:
        return defaults_page.page(self._state, self.said)

    def _set(self, name: str, value: Any, _row: str) -> None:
        kind, _, word = name.partition(" ")
        if kind == "role":
            self._give(word, value)
        elif kind == "budget":
            self._limit(word, value)
        elif name == "chain":
            self._state.chain = value
        elif name == "chain_name":
            self._state.name = value.strip()
        elif name == "member" and value:
            self._members((*self._now(), value))
        elif name == "written" and value.strip():
            self._members((*self._now(), value.strip()))

    def _act(self, name: str, row: str) -> None:
        getattr(self, f"_on_{name}")(row)

    def _give(self, role: str, model: str) -> None:
        """Give a role its model; "" goes back to what settings.toml says."""
        if model:
            self.say(f"{role} is {set_role(role, model)} from now on.", "good")
        else:
            unset_role(role)
            self.say(f"{role} has no model of this form's any more.")
        self._state.roles = roles()

    def _limit(self, scope: str, text: str) -> None:
        text = text.strip().lstrip("$")
        try:
            usd = float(text) if text else 0.0
        except ValueError:
            raise UsageError(f"{text!r} is no amount.", hint="Give USD, as 5 or 0.50.") from None
        session = current()
        budgets.set_budget(session, scope, usd)
        self._state.limits = _limits()
        self.say(f"A {scope} may cost ${usd:,.2f}." if usd else f"A {scope} has no budget.", "good")

        def looked(seen: Panel) -> None:
            self._state.spent = seen

        self.start("spent", "", lambda: asyncio.to_thread(panel.panel, session), looked)

    def _now(self) -> tuple[str, ...]:
        """Return the members of the chain that is shown."""
        return self._state.chains.get(self._state.chain, ())

    def _members(self, members: tuple[str, ...]) -> None:
        """Keep the chain with these members; the first of a new one makes it."""
        state = self._state
        if state.chain:
            chains.edit(state.chain, members)
        else:
            if not state.name:
                raise UsageError("The chain has no name yet.", hint="Write its name first.")
            chains.create(state.name, members)
            state.chain, state.name = state.name, ""
        state.chains = chains.all()
        order = ", then ".join(state.chains[state.chain])
        self.say(f"{state.chain} asks {order}. Ask with: `%%chat {state.chain}`", "good")

    def _move(self, row: str, by: int) -> None:
        members = list(self._now())
        at = members.index(row)
        members.insert(max(0, at + by), members.pop(at))
        self._members(tuple(members))

    def _on_up(self, row: str) -> None:
        self._move(row, -1)

    def _on_down(self, row: str) -> None:
        self._move(row, 1)

    def _on_out(self, row: str) -> None:
        self._members(tuple(one for one in self._now() if one != row))

    def _on_delete(self, _row: str) -> None:
        state = self._state
        gone = state.chain
        chains.delete(gone)
        state.chain, state.chains = "", chains.all()
        self.say(f"There is no chain {gone} any more.")


def _state() -> State:
    """Return how things stand; may block."""
    session = current()
    return State(
        tuple(sorted(_known())),
        roles(),
        all_chains := chains.all(),
        next(iter(all_chains), ""),
        "",
        _limits(),
        panel.panel(session),
    )


def _limits() -> dict[str, float]:
    limits = budgets.limits(current())
    return {scope: getattr(limits, scope) for scope in SCOPES}


def _known() -> set[str]:
    """Return the full names of the models that were registered, and of the accounts' usual ones."""
    session = current()
    accounts = {account.name: account for account in session.accounts()}
    found = set()
    for account in accounts.values():
        provider = find(account.provider)
        usual = {account.model or provider.default_model, provider.small_model} - {""}
        found |= {str(Ref(provider.key, model, account.name)) for model in usual}
    for model, names in registered(session.ledger).items():
        owners = (accounts[name] for name in names if name in accounts)
        found |= {str(Ref(owner.provider, model, owner.name)) for owner in owners}
    return found
