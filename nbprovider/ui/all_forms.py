"""The forms that there are: `nbprovider.forms`."""

from __future__ import annotations

from nbprovider.ui.front import Shown


class Forms:
    """Forms to fill in by hand; the value of a cell shows one, `.ask()` asks in a terminal."""

    def credentials(self, provider: str = "") -> Shown:
        """Return the form that enters a key or logs in, for a provider when one is named.

        Raises UsageError, with the nearest one, for a provider that there is not.
        """
        from nbprovider.catalog import find
        from nbprovider.ui.forms.credentials import Credentials

        name = find(provider).key if provider else ""
        return Shown(
            lambda: Credentials(name),
            "This form needs a notebook that somebody looks at. Without one: `%provider key"
            f" {name or 'NAME'}` enters a key, or set the provider's variable in the environment.",
        )

    def accounts(self) -> Shown:
        """Return the table of all accounts, with what can be done with each."""
        from nbprovider.ui.forms.accounts import AccountsTable

        return Shown(
            AccountsTable,
            "This form needs a notebook that somebody looks at. Without one: `%provider account"
            " list` shows the accounts, `%provider help account` what can be done with them.",
        )

    def models(self, account: str = "") -> Shown:
        """Return the form that finds the models on offer, of one account when it is named.

        Raises UsageError, with the nearest one, for an account or provider that there is not.
        """
        from nbprovider.session import current
        from nbprovider.ui.forms.models import Models

        name = current().route(account).account if account else ""
        return Shown(
            lambda: Models(name),
            "This form needs a notebook that somebody looks at. Without one: `%provider models`"
            " lists the models on offer, `%provider register MODEL` registers one.",
        )

    def defaults(self) -> Shown:
        """Return the form of roles, chains and budgets."""
        from nbprovider.ui.forms.defaults import Defaults

        return Shown(
            Defaults,
            "This form needs a notebook that somebody looks at. Without one: `%provider role`,"
            " `%provider chain` and `%provider budget` show and set the same.",
        )

    def spend(self) -> Shown:
        """Return the panel of what is spent, which goes on while cells run."""
        from nbprovider.ui.forms.spend import Spend

        return Shown(
            Spend,
            "This panel needs a notebook that somebody looks at. Without one: `%provider cost`"
            " says what was spent, `%provider cost model day` by what.",
        )


forms = Forms()
"""The forms."""
