"""What is known when a model's name is resolved, as plain values."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from nbprovider.catalog import Provider, refuse_ended
from nbprovider.credentials import Account
from nbprovider.errors import UsageError
from nbprovider.types import Route


class NoDefaultModel(UsageError):
    """An account was named without a model, and nobody says which is its first choice."""

    def __init__(self, account: Account, name: str) -> None:
        super().__init__(
            f"{name} has no default model.",
            hint=f"Name one: `{account.name}:MODEL`; `%provider models {account.name}` lists them.",
        )
        self.account = account


class Known(Struct, frozen=True):
    """Everything that the meaning of a name depends on.

    - `providers`: by key; `accounts`: the configured ones, the preferred first
    - `aliases`, `roles`: names of the user's → model strings
    - `environment_model`, `chat_model`, `default_model`: model strings, "" for none
    - `default_account`: the account for names that nothing else speaks for, "" to take the default
      model's
    - `registered`: model → the names of the accounts it is registered for
    - `chains`: name → the model strings to try, in order
    - `auto`: the model string that `auto` stands for just now, "" for none
    """

    providers: Mapping[str, Provider]
    accounts: tuple[Account, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    environment_model: str = ""
    chat_model: str = ""
    default_model: str = ""
    default_account: str = ""
    registered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    auto: str = ""

    def provider(self, name: str) -> Provider | None:
        """Return the provider with this key or alias, case ignored."""
        word = name.lower()
        named = (p for p in self.providers.values() if word in map(str.lower, p.aliases))
        return self.providers.get(word) or next(named, None)

    def account(self, name: str) -> Account | None:
        """Return the account of this name, case ignored."""
        return next((a for a in self.accounts if a.name.lower() == name.lower()), None)

    def meant(self, word: str) -> Account | None:
        """Return the account that a word on a line means, case ignored.

        A loose account's name is its provider's, and means the account that comes first of it.
        """
        account = self.account(word)
        if account is None or account.id:
            return account
        return self.account_of(self.providers[account.provider])

    def account_of(self, provider: Provider) -> Account | None:
        """Return the provider's account: the default one, else the first."""
        own = [account for account in self.accounts if account.provider == provider.key]
        preferred = (account for account in own if account.name == self.default_account)
        return next(preferred, own[0] if own else None)

    def remote(self) -> tuple[Account, ...]:
        """Return the accounts that know one model from another: all but the embedded."""
        return tuple(a for a in self.accounts if not self.providers[a.provider].launcher)

    def default_of(self, account: Account) -> str:
        """Return the account's default model: its own, the provider's, or a registered one."""
        own = account.model or self.providers[account.provider].default_model
        registered = (model for model, names in self.registered.items() if account.name in names)
        return own or next(registered, "")

    def route(self, provider: Provider, model: str, reason: str) -> Route:
        """Return the route to a provider's model, to its default one when `model` is "".

        The provider need not be configured: the missing key is said when it is looked for.
        """
        account = self.account_of(provider) or Account(provider.key, provider.key, "", "")
        return self.route_by(account, model, reason)

    def route_by(self, account: Account, model: str, reason: str) -> Route:
        """Return the route by an account.

        Raises UsageError when it has no default model, or when the provider's service has ended.
        """
        refuse_ended(self.providers[account.provider])
        chosen = model or self.default_of(account)
        if chosen:
            return Route(account.provider, chosen, account.name, reason)
        raise NoDefaultModel(account, self.providers[account.provider].name)
