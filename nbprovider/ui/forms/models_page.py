"""What the form of models shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nbprovider.routing import ROLES
from nbprovider.ui.forms import models_list
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
    from nbprovider.ui.forms.models import State

PRIMARY = ("chat", "cheap", "boss", "worker", "vision")
"""Roles that most people need; the others are folded away."""


def page(state: State, said: Words, shown: int, *, looked: bool) -> Page:
    """Return the page; `shown` rows at a time, `looked` once the accounts are known."""
    return Page("Models", tuple(_parts(state, said, shown, looked=looked)))


def _parts(state: State, said: Words, shown: int, *, looked: bool) -> Iterator[Part]:
    if looked and not state.accounts:
        yield Words("nobody", "There is no account to ask. `%provider auth` enters one.", "warning")
    elif not looked:
        yield said
        return
    if len(state.accounts) > 1:
        yield Choice("only", "Account", state.only, _accounts(state, "all accounts"))
    hint = "parts of a name, an account, what it can: llama tools"
    yield Text("search", "Search", state.search, hint, live=True)
    yield Choice("order", "In order", state.order, models_list.orders())
    yield _filters("kinds", models_list.KINDS, state)
    yield _filters("traits", models_list.TRAITS, state)
    yield Rows("failed", ("account", "why it did not answer"), _failed(state), (1, 4))
    yield said
    yield Words("count", _count(state, shown), "faint")
    rows = tuple(map(models_list.row, state.passing[state.first : state.first + shown]))
    yield Rows("models", models_list.COLUMNS, rows, models_list.WIDTHS)
    yield _paging(state, shown)
    yield from _roles(state)
    yield _custom(state)


def _accounts(state: State, every: str = "") -> tuple[Option, ...]:
    first = (Option("", every),) if every else ()
    return (*first, *(Option(name, name) for name in state.accounts))


def _filters(name: str, filters: Mapping[str, tuple[str, object]], state: State) -> Buttons:
    """Return a button for each filter: one that is on has a sign, and another look."""
    buttons = []
    for word, (label, _) in filters.items():
        on = word in state.filters
        note = f"{'show also others than' if on else 'show only'}: {label}"
        shown = f"✓ {label}" if on else label
        buttons.append(Button(f"filter {word}", shown, "primary" if on else "plain", note=note))
    return Buttons(name, tuple(buttons))


def _failed(state: State) -> tuple[Row, ...]:
    again = Button("again", "Ask again", note="ask this account once more")
    return tuple(Row(name, (name, why), (again,), tone="bad") for name, why in state.failed.items())


def _count(state: State, shown: int) -> str:
    whole, passing = len(state.entries), len(state.passing)
    if not passing:
        return "No model is like that." if whole else ""
    last = min(state.first + shown, passing)
    of = f"{passing:,}" if passing == whole else f"{passing:,} found among {whole:,}"
    return f"{state.first + 1:,} to {last:,} of {of} models; a tick registers one"


def _paging(state: State, shown: int) -> Buttons:
    earlier, later = state.first > 0, state.first + shown < len(state.passing)
    narrowed = bool(state.search or state.only or state.filters)
    return Buttons(
        "paging",
        (
            Button("earlier", "Earlier", enabled=earlier, note="the models before these"),
            Button("later", "Later", enabled=later, note="the models after these"),
            Button("clear", "Show all", enabled=narrowed, note="without a search or a filter"),
            Button("again", "Ask anew", note="ask the accounts once more"),
        ),
    )


def _roles(state: State) -> Iterator[Part]:
    """Yield what the chosen model may be."""
    if not state.chosen:
        return
    yield Words("roles_title", f"What is {state.chosen} for?", "title")
    yield Buttons("roles", (*_parts_to_play(state, PRIMARY), Button("done", "Close")))
    others = tuple(role for role in ROLES if role not in PRIMARY)
    more = Buttons("other_roles", tuple(_parts_to_play(state, others)))
    yield Fold("more_roles", "More roles", (more,))


def _parts_to_play(state: State, roles: tuple[str, ...]) -> Iterator[Button]:
    for role in roles:
        now = state.roles.get(role, "")
        mine = now == state.chosen
        note = "take the role away" if mine else f"now: {now or 'nobody'}"
        label = f"✓ {role}" if mine else role
        yield Button(f"role {role}", label, "primary" if mine else "plain", note=note)


def _custom(state: State) -> Fold:
    names = _accounts(state)
    account = state.custom_account or (names[0].value if names else "")
    return Fold(
        "unlisted",
        "A model that no list has",
        (
            Choice("custom_account", "Account", account, names),
            Text("custom", "Its id", state.custom, "as the provider writes it"),
            Buttons("adding", (Button("add", "Register it"),)),
        ),
    )
