"""What the form of defaults shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprovider.ledger.budget import SCOPES
from nbprovider.routing import ROLES
from nbprovider.ui.forms.budget_bar import budget_bar
from nbprovider.ui.forms.parts import (
    Button,
    Buttons,
    Choice,
    Fold,
    Option,
    Page,
    Part,
    Row,
    Rows,
    Text,
    Words,
)

if TYPE_CHECKING:
    from nbprovider.ui.forms.defaults import State

PRIMARY = ("chat", "cheap", "boss", "worker")
"""Roles that most people need; the others are folded away."""

MEANT = {
    "chat": "whom `%%chat` asks",
    "cheap": "easy questions of `auto`",
    "boss": "plans, and hard questions",
    "worker": "does what the boss plans",
}
"""Role → what it is for."""

OF = {"day": "A day", "notebook": "A notebook", "chat": "A chat", "call": "A call"}
"""Scope of a budget → its label."""


def page(state: State, said: Words) -> Page:
    """Return the page."""
    return Page("Defaults", (*_roles(state), *_chains(state), *_budgets(state), said))


def _roles(state: State) -> Iterator[Part]:
    yield Words("roles_title", "The model for each part", "title")
    if not state.known and state.spent is not None:
        yield Words("none_known", "`%provider discover` registers models to choose from.", "faint")
    yield from (_role(role, state) for role in PRIMARY)
    words = [word for word in dict.fromkeys((*ROLES, *state.roles)) if word not in PRIMARY]
    yield Fold("more_roles", "More parts", tuple(_role(word, state) for word in words))


def _role(role: str, state: State) -> Choice:
    now = state.roles.get(role, "")
    free = Option("", "(nobody: whoever is found first)" if role == "chat" else "(nobody)")
    options = (free, *_options(state, now))
    return Choice(f"role {role}", role, now, options, MEANT.get(role, ""))


def _options(state: State, now: str = "") -> tuple[Option, ...]:
    names = dict.fromkeys((*state.known, *state.chains, *((now,) if now else ())))
    return tuple(
        Option(name, f"{name} (chain)" if name in state.chains else name) for name in names
    )


def _chains(state: State) -> Iterator[Part]:
    yield Words("chains_title", "Chains: each is asked when the one before it failed", "title")
    new = Option("", "a new chain")
    options = (*(Option(name, name) for name in state.chains), new)
    yield Choice("chain", "Chain", state.chain, options)
    if not state.chain:
        hint = "a word to ask it by, as safe"
        yield Text("chain_name", "Its name", state.name, hint)
    members = state.chains.get(state.chain, ())
    yield Rows("members", ("asked in this order",), tuple(_members(members)), (1,))
    left = (o for o in _options(state) if o.value not in members and o.value not in state.chains)
    yield Choice("member", "Add a model", "", (Option("", "choose one"), *left))
    yield Text("written", "or write it", "", "provider:model, as groq:openai/gpt-oss-20b")
    if state.chain:
        yield Buttons("chain_end", (Button("delete", f"Delete {state.chain}", "danger"),))


def _members(members: tuple[str, ...]) -> Iterator[Row]:
    last = len(members) - 1
    for number, name in enumerate(members):
        up = Button("up", "Up", enabled=number > 0, note=f"ask {name} sooner")
        down = Button("down", "Down", enabled=number < last, note=f"ask {name} later")
        out = Button("out", "Take out", enabled=last > 0, note=f"take {name} out of the chain")
        yield Row(name, (f"{number + 1}. {name}",), (up, down, out))


def _budgets(state: State) -> Iterator[Part]:
    yield Words("budgets_title", "What may be spent, in USD", "title")
    standing = {one.scope: one for one in state.spent.budgets} if state.spent else {}
    for scope in SCOPES:
        usd = state.limits.get(scope, 0.0)
        yield Text(f"budget {scope}", OF[scope], f"{usd:g}" if usd else "", "no limit")
        if scope in standing:
            yield budget_bar(standing[scope])
    if state.spent:
        yield Words("today", f"Today: {state.spent.today}.", "faint")
