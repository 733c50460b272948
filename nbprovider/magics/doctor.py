"""`%provider doctor`: what is well, and what is not, in plain words."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version

from nbprovider import catalog, config, credentials
from nbprovider.errors import NbproviderError
from nbprovider.session import Session, current
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
    except NbproviderError as error:
        return [(check.__name__.lstrip("_"), "✗", str(error))]


def _model(session: Session) -> Iterator[Row]:
    route = session.route(None)
    yield "active model", "✓", f"{route.ref}: {route.reason}"


def _keys(session: Session) -> Iterator[Row]:
    for account in session.accounts():
        mark, found = ("!", account.problem) if account.problem else ("✓", account.base_url)
        yield f"account {account.name}", mark, f"{account.source}; {found}"
        for name in account.unused:
            yield f"account {account.name}", "!", f"{name} is set too, and not used"


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
        yield "audit", "✓", "requests are noted; `%provider audit verify` checks them"


def _embedded(_: Session) -> Iterator[Row]:
    from nbprovider import embedded

    state = embedded.status()
    how = "installed" if state.installed else "not installed: %provider embedded install"
    yield "embedded model", "✓" if state.installed else "-", how


def _network(session: Session) -> Iterator[Row]:
    settings = session.settings
    yield "TLS", "✓", f"Mozilla's roots{f' and {settings.ca_file}' if settings.ca_file else ''}"
    if set_ones := [name for name in PROXIES if os.environ.get(name)]:
        said = f"{', '.join(set_ones)} not used; `proxy` in settings.toml is what counts"
        yield "proxy", "!", said
    if settings.proxy:
        yield "proxy", "✓", credentials.redact(settings.proxy)


def _versions(_: Session) -> Iterator[Row]:
    yield "Python", "✓", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for package in PACKAGES:
        try:
            yield package, "✓", version(package)
        except PackageNotFoundError:
            yield package, "-", "not installed"


CHECKS = (_model, _keys, _files, _settings, _ledger, _audit, _embedded, _network, _versions)
