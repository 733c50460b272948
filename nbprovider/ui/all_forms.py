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


forms = Forms()
"""The forms."""
