"""What models there are: listed by accounts, registered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider import catalog
from nbprovider.catalog import find, kind
from nbprovider.credentials import Account
from nbprovider.credentials.advice import advised
from nbprovider.errors import NbproviderError, UnknownModel, UsageError
from nbprovider.flow import discover
from nbprovider.ledger import register, registered, unregister
from nbprovider.ledger.offers import Offer
from nbprovider.protocols.contract import Listed
from nbprovider.pull_flow import SERVICE, Progress, pulling
from nbprovider.spelling import did_you_mean
from nbprovider.types import Route

if TYPE_CHECKING:
    from nbprovider.session.session import Session


class Models:
    """The models that a session can ask."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def listed(self, route: Route) -> tuple[Listed, ...]:
        """Return the models that a route's account offers, asked now.

        A provider that lists none offers those that its file names.
        """
        from nbprovider import transport

        if named := find(route.provider).models.static:
            return tuple(Listed(model) for model in named)
        access = self._session.access(route)
        flow = advised(discover(access), route, access)
        return transport.result(flow, self._session.network)

    def offers(self, name: str | None = None) -> tuple[list[Offer], dict[str, NbproviderError]]:
        """Ask an account, or all of them, for the models it offers.

        Returns what they offer, and account → error for those that did not answer. The error of an
        account that was named is raised.
        """
        if name:
            return [self._offer(self._session.route(name))], {}
        found: list[Offer] = []
        failed: dict[str, NbproviderError] = {}
        for account in self._session.accounts():
            try:
                found.append(self._offer(Route(account.provider, "", account.name)))
            except NbproviderError as error:
                failed[account.name] = error
        return found, failed

    def _offer(self, route: Route) -> Offer:
        known = registered(self._session.ledger)
        own = frozenset(model for model, names in known.items() if route.account in names)
        return Offer(find(route.provider), route.account, self.listed(route), own)

    def register(self, model: str) -> Route:
        """Remember a model, given as `account:model` or so, for its account; return its route."""
        route = self._session.route(model)
        register(self._session.ledger, route.account, route.model)
        return route

    def unregister(self, model: str) -> bool:
        """Forget a registered model; return whether it was registered."""
        route = self._session.route(model)
        return unregister(self._session.ledger, route.account, route.model)

    def pull(self, route: Route, progress: Progress) -> None:
        """Have a route's server fetch its model; an interrupt ends the download.

        `progress` is called with the bytes so far and the bytes in all (None when unknown). Raises
        UsageError for a provider that fetches none, ProviderError when the download fails.
        """
        from nbprovider import transport

        provider = find(route.provider)
        if SERVICE not in provider.services:
            raise UsageError(
                f"{provider.name} downloads no models: they are there already, or not at all.",
                hint="`%provider models` lists those that can be asked.",
            )
        access = self._session.access(route)
        transport.result(pulling(route.model, access, progress), self._session.network)

    def first(self, account: Account) -> str | None:
        """Return an account's first chat model, one with tools if there is one; None without."""
        provider = find(account.provider)
        listed = self.listed(Route(account.provider, "", account.name))
        chatting = [model for model in listed if kind(provider, model.id, model.can) == "chat"]
        able = [model for model in chatting if "tools" in (model.can or ())]
        return next((model.id for model in able or chatting), None)

    def name_meant(self, error: UnknownModel) -> None:
        """Write on the error of an unknown model which one was meant, if that can be told."""
        error.hint = self.meant(error) or error.hint

    def meant(self, error: UnknownModel) -> str:
        """Return the sentence that names the model meant by an unknown one, "" for none."""
        if catalog.successor(find(error.provider), error.model) is not None:
            return ""
        try:
            listed = self.listed(Route(error.provider, error.model, error.account))
        except NbproviderError:
            return ""
        return did_you_mean(error.model, [model.id for model in listed])
