"""`%provider doctor`: what is well, and what is not, in plain words."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version

from nbprovider import catalog, config, credentials
from nbprovider.credentials.audit import Verdict
from nbprovider.credentials.certificates import tls
from nbprovider.errors import NbproviderError
from nbprovider.session import Session, current
from nbprovider.session.accounts import accounts
from nbprovider.view import Table

Row = tuple[str, str, str]

PACKAGES = ("nbprovider", "ipython", "ipykernel", "httpx2", "pandas", "genai-prices", "xllamacpp")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def table() -> Table:
    """Return every check: what was looked at, how it is, what was found."""
    session = current()
    rows = tuple(row for check in CHECKS for row in _checked(check, session))
    return Table(("what", "", "found"), rows, title="nbprovider doctor")


def _checked(check: Callable[[Session], Iterator[Row]], session: Session) -> list[Row]:
    """Return a check's rows; one that fails is a finding, not the end of the others."""
    try:
        return list(check(session))
    except (NbproviderError, OSError) as error:
        return [(check.__name__.lstrip("_"), "✗", str(error))]


def _model(session: Session) -> Iterator[Row]:
    route = session.route(None)
    yield "active model", "✓", f"{route.ref}: {route.reason}"


def _accounts(session: Session) -> Iterator[Row]:
    for account in session.accounts():
        mark, found = ("!", account.problem) if account.problem else ("✓", account.base_url)
        yield f"account {account.name}", mark, f"{account.source}; {found}"


def _keys(_: Session) -> Iterator[Row]:
    """Yield which key each provider's name means, what else may be asked, what lies unused."""
    for origin in credentials.report():
        what = f"key of {origin.provider}"
        if origin.winner and (origin.others or origin.unused):
            others = "".join(f"; {name} by its own name" for name in origin.others)
            yield what, "✓", f"from {origin.winner}{others}"
        for name in origin.unused:
            yield what, "!", f"{name} has one too, which is not used"
        for problem in origin.problems:
            yield what, "✗", problem
    yield from (("keys", "!", note) for note in credentials.notes())


def _vault(_: Session) -> Iterator[Row]:
    kept = credentials.vault()
    if kept.path.exists():
        yield (
            "vault",
            "✓",
            f"{kept.path}; {len(kept.accounts())} accounts, {len(kept.removed())} removed",
        )
    else:
        yield "vault", "-", f"{kept.path} (not there yet: `%provider key NAME` makes it)"
    yield from (("vault", "!", note) for note in kept.notes())
    for entry in accounts.list():
        if entry.locked:
            fix = f"`%provider key {entry.name}`, or `%provider account remove {entry.name}`"
            yield f"vault {entry.name}", "✗", f"locked: {entry.locked} {fix}"
    if kept.way():
        advice = kept.advice()
        yield "vault's key", "!" if advice else "✓", f"{kept.protection()} {advice}".rstrip()


def _files(_: Session) -> Iterator[Row]:
    for key, error in catalog.broken().items():
        yield f"provider file {key}", "✗", str(error)


def _settings(_: Session) -> Iterator[Row]:
    path = config.settings_file()
    config.settings()
    yield "settings", "✓", f"{path}" if path.exists() else f"{path} (not there: defaults)"


def _ledger(session: Session) -> Iterator[Row]:
    ledger = session.ledger
    ledger.check()
    yield "ledger", "!" if ledger.notes else "✓", "; ".join([str(ledger.path), *ledger.notes])


def _audit(session: Session) -> Iterator[Row]:
    from nbprovider.credentials import audit

    if trouble := audit.trouble():
        yield "audit", "!", f"the last request could not be noted: {trouble}"
    elif not session.settings.audit:
        yield "audit", "-", "off in settings.toml: requests are not noted"
    else:
        yield from _ring(audit.verified())


def _ring(verdict: Verdict) -> Iterator[Row]:
    if not verdict.problems:
        yield "audit", "✓", f"{len(verdict.entries)} requests noted, their chain is whole"
    yield from (("audit", "✗", problem) for problem in verdict.problems)


def _embedded(_: Session) -> Iterator[Row]:
    from nbprovider import embedded

    state = embedded.status()
    how = "installed" if state.installed else "not installed: %provider embedded install"
    yield "embedded model", "✓" if state.installed else "-", how


def _network(session: Session) -> Iterator[Row]:
    settings = session.settings
    own = f" and {settings.ca_file}" if settings.ca_file else ""
    tls(settings.ca_file)
    yield "TLS", "✓", f"trusts Mozilla's roots{own}, not the system's store"
    if set_ones := [name for name in PROXIES if os.environ.get(name)]:
        said = f"{', '.join(set_ones)} not used; `proxy` in settings.toml is what counts"
        yield "proxy", "-" if settings.proxy else "!", said
    if settings.proxy:
        yield "proxy", "✓", credentials.redact(settings.proxy)


def _versions(_: Session) -> Iterator[Row]:
    yield "Python", "✓", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for package in PACKAGES:
        try:
            yield package, "✓", version(package)
        except PackageNotFoundError:
            yield package, "-", "not installed"


CHECKS = (
    _model,
    _accounts,
    _keys,
    _vault,
    _files,
    _settings,
    _ledger,
    _audit,
    _embedded,
    _network,
    _versions,
)
