"""`%provider` without a word: what is active, what was found, what today cost."""

from __future__ import annotations

from collections.abc import Iterator

from nbprovider import catalog
from nbprovider.credentials import oauth
from nbprovider.errors import NbproviderError
from nbprovider.ledger import today
from nbprovider.magics import banner
from nbprovider.routing import NoDefaultModel
from nbprovider.session import Session
from nbprovider.session.chat import MAIN
from nbprovider.types import Route
from nbprovider.view import Table, money


def table(session: Session) -> Table:
    """Return the active model, the accounts found and where from, today's calls and cost."""
    rows = tuple((account.name, account.source, account.base_url) for account in session.accounts())
    none = (("none yet", "`%provider list` says which there are, `%provider help` how", ""),)
    return Table(
        ("account", "from", "address"),
        rows or none,
        title=f"Active model: {_active(session)}",
        note=" ".join(filter(None, _notes(session))),
    )


def _notes(session: Session) -> Iterator[str]:
    yield _today(session)
    if session.opened != MAIN:
        yield f"Cells that name no chat go on with {session.opened}."
    yield _troubles(session)
    yield banner.once()


def _active(session: Session) -> str:
    try:
        route = session.resolve(None)
    except NoDefaultModel as error:
        return f"the first that {error.account.name} has"
    except NbproviderError as error:
        return f"none. {error}"
    return f"{route.ref} ({route.reason}){_missing(session, route)}"


def _missing(session: Session, route: Route) -> str:
    """Return what the active model still lacks, "" when it can be asked."""
    if any(account.name == route.account for account in session.accounts()):
        return ""
    provider = catalog.find(route.provider)
    if provider.launcher == "embedded":
        return " (not installed yet: `%provider embedded install`)"
    if oauth.is_logged_in_to(provider):
        return f" (not logged in: `%provider login {provider.key}`)"
    return f" (no key yet: `%provider key {provider.key}`)" if provider.needs_key else ""


def _troubles(session: Session) -> str:
    """Return what makes the ledger lose rows, "" when nothing does."""
    session.ledger.check()
    return " ".join(f"**Ledger**: {trouble}." for trouble in session.ledger.troubles)


def _today(session: Session) -> str:
    day = today(session.ledger)
    calls = "1 call" if day.calls == 1 else f"{day.calls:,} calls"
    unknown = f", {day.unknown} of unknown price" if day.unknown else ""
    return f"Today: {calls}, {money(day.cost_nano)}{unknown}. `%provider usage` shows every call."
