"""A field for a key in a front end with widgets: what is typed stays in no state that is saved.

Three things keep it out: a change is sent when the field is left, and not at every letter; the
kernel never sends the value, also not as the echo with which ipywidgets confirms one; and it is
read and cleared in the first line of the callback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbprovider.credentials import Secret
from nbprovider.errors import NbproviderError


class PasswordField:
    """Ask for one key, hand it to `use`, and close when that went well.

    `use` may raise an NbproviderError: it is shown below the field, which stays for another try.
    """

    def __init__(self, label: str, use: Callable[[Secret], None]) -> None:
        from ipywidgets import Label, VBox

        self._use = use
        self._box = unseen(label)
        self._note = Label("")
        self.widget = VBox([self._box, self._note])
        self._box.observe(self._entered, names="value")

    def _entered(self, change: dict[str, Any]) -> None:
        secret, self._box.value = Secret(change.pop("new")), ""
        if not secret:  # it was cleared just now
            return
        try:
            self._use(secret)
        except NbproviderError as error:
            self._note.value = str(error)
        else:
            self.close()

    def close(self) -> None:
        """Take the field away, and its state with it."""
        for widget in (self._box, self._note, self.widget):
            widget.close()


def unseen(label: str) -> Any:
    """Return a Password whose value is never sent to the front end, except that it is empty."""
    from ipywidgets import Password
    from traitlets import Unicode

    class Unseen(Password):  # type: ignore[misc]
        value = Unicode("").tag(sync=True, echo_update=False)

    return Unseen(
        description=label, continuous_update=False, style={"description_width": "initial"}
    )
