"""A provider at an address, and which protocol is spoken there."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog.provider import Provider, Quirks


class Endpoint(Struct, frozen=True):
    """A provider at an address: what a protocol needs to build a request.

    `base_url` has no slash at its end; it may hold `{model}`, and end in a query (Azure's
    deployments). `protocol` is the account's own choice, "" for the provider's.
    """

    provider: Provider
    base_url: str
    protocol: str = ""

    def url(self, path: str, model: str = "") -> str:
        """Return the address of a path below the base URL; a whole address is kept as it is.

        Without a model, a path that names one is cut off before it; a query stays at the end.
        """
        if path.startswith(("http://", "https://")):
            return path
        base, mark, query = self.base_url.partition("?")
        if mark:
            deployment = base.replace("{model}", quote(model, safe=""))
            base = deployment if model else base.partition("/deployments/")[0]
        return f"{base}{path}{mark}{query}"

    def protocol_for(self, model: str = "") -> str:
        """Return the protocol in which a model is asked, or, without one, models are listed.

        The account's own choice comes first, then the longest of the provider's
        `model_protocols` that the model's name begins with, then what the provider's servers speak
        under an address that is not its own, then the provider's protocol.
        """
        if self.protocol:
            return self.protocol
        own = self.provider
        fitting = [prefix for prefix in own.model_protocols if model.startswith(prefix)]
        if fitting:
            return own.model_protocols[max(fitting, key=len)]
        return (self._is_elsewhere() and own.protocol_elsewhere) or own.protocol

    def speaking(self, model: str = "") -> Endpoint:
        """Return the endpoint as the model's protocol sees it: its provider speaks nothing else.

        The quirks are those in that protocol.
        """
        protocol, own = self.protocol_for(model), self.provider
        if protocol == own.protocol:
            return self
        quirks = own.quirks_in.get(protocol, Quirks())
        return replace(self, provider=replace(own, protocol=protocol, quirks=quirks))

    def origin(self, model: str) -> str:
        """Return whose words the model's are: what is signed for one protocol no other reads."""
        protocol, own = self.protocol_for(model), self.provider
        return own.key if protocol == own.protocol else f"{own.key}/{protocol}"

    def _is_elsewhere(self) -> bool:
        """Say whether the address is another host than the provider's or one below it."""
        home, here = urlsplit(self.provider.base_url).hostname, urlsplit(self.base_url).hostname
        return bool(home) and here != home and not (here or "").endswith(f".{home}")
