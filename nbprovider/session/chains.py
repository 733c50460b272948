"""Named, ordered lists of accounts or models: `nbprovider.chains`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from nbprovider import routing
from nbprovider.errors import UsageError
from nbprovider.ledger.names import name as remember
from nbprovider.ledger.names import named, unname
from nbprovider.routing import AUTO, ROLES
from nbprovider.session.session import Session, current
from nbprovider.spelling import did_you_mean
from nbprovider.view import Table

NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


class Chains:
    """The chains of all kernels: `create("safe", ["claude-sonnet-5-5", "groq"])`.

    A chain's name stands wherever a model's may: its members are asked in their order, each when
    the one before it failed. Methods raise UsageError for what is no chain, and for a member that
    means nothing.
    """

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the chains in any front end."""
        return self.table()._repr_mimebundle_()

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self.show(name)

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return name → members in the order of asking."""
        return {name: tuple(told) for name, told in named(current().ledger, "chain").items()}

    def show(self, name: str) -> tuple[str, ...]:
        """Return a chain's members in the order of asking."""
        return self.all()[self._known(name)]

    def create(self, name: str, members: Sequence[str]) -> tuple[str, ...]:
        """Keep a new chain; return its members, each by its full name."""
        session = current()
        _check_name(name, session)
        if name in self.all():
            raise UsageError(
                f"There is a chain called {name!r} already.",
                hint=f"Change it: `%provider chain edit {name} MODEL …`.",
            )
        return self._keep(name, members, session)

    def edit(self, name: str, members: Sequence[str]) -> tuple[str, ...]:
        """Give a chain other members; return them, each by its full name."""
        return self._keep(self._known(name), members, current())

    def delete(self, name: str) -> None:
        """Forget a chain."""
        unname(current().ledger, "chain", self._known(name))

    def table(self) -> Table:
        """Return the chains, a row each."""
        rows = tuple((name, " → ".join(members)) for name, members in self.all().items())
        none = (("none yet", "`%provider chain create NAME MODEL MODEL …`"),)
        return Table(("chain", "asked in this order"), rows or none)

    def _known(self, name: str) -> str:
        known = self.all()
        if name not in known:
            hint = did_you_mean(name, known) or f"There are: {', '.join(known) or 'none yet'}."
            raise UsageError(f"There is no chain called {name!r}.", hint=hint)
        return name

    def _keep(self, name: str, members: Sequence[str], session: Session) -> tuple[str, ...]:
        if not members:
            raise UsageError("A chain needs members.", hint="Name the models in their order.")
        known = replace(session.known(), chains={})
        refs = tuple(dict.fromkeys(str(routing.resolve(word, known).ref) for word in members))
        remember(session.ledger, "chain", name, refs)
        return refs


def _check_name(name: str, session: Session) -> None:
    """Raise UsageError for a name that cannot be written on a line, or means something else."""
    known = session.known()
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a chain's name.",
            hint="Take letters, digits, dots, dashes and underscores, as in `safe`.",
        )
    word = name.lower()
    taken = {
        "an account": known.account(name) is not None,
        "a provider": known.provider(name) is not None,
        "a role": word in ROLES or word in map(str.lower, known.roles) or word == AUTO,
        "an alias": word in map(str.lower, known.aliases),
    }
    if meanings := [what for what, is_taken in taken.items() if is_taken]:
        raise UsageError(f"{name!r} is {meanings[0]} already.", hint="Take another name.")


chains = Chains()
"""The chains of whoever runs this kernel."""
