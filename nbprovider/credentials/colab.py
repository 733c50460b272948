"""Colab's secrets: values that a person keeps in Colab's side panel, by name.

`google.colab.userdata` gives one at a time and lists none; each is asked of the browser. Source:
googlecolab/colabtools, google/colab/userdata.py.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from msgspec import Struct

from nbprovider.catalog import Provider
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.sources import Found

MODULE = "google.colab"

LIFE = 300.0
"""Seconds for which an answer counts."""

BUDGET = 2.0
"""Seconds that may be spent on asking within one such time; the rest waits for the next."""

NO_ACCESS = "NotebookAccessError"
NO_ANSWER = "TimeoutException"


class Answer(Struct, frozen=True):
    """What Colab said of a name: its value, or the name of its error; and until when that counts.

    `until` is of the monotonic clock.
    """

    secret: Secret | None
    error: str
    until: float


class Colab:
    """The secrets that this notebook may read; nothing outside of Colab."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._spent = 0.0
        self._since = 0.0

    def every(self, provider: Provider) -> Iterator[Found]:
        """Yield the provider's keys, under the names of its variables, in order."""
        for name in provider.env:
            if secret := self._get(name):
                yield Found(secret, f"Colab secret {name}", name)

    def note(self) -> str:
        """Return, in words, what is in the way of secrets that there are, "" for nothing."""
        errors = {name: answer.error for name, answer in self._answers.items()}
        if NO_ANSWER in errors.values():
            return "Colab's secrets were not given: they are where its page is open only."
        denied = [name for name, error in errors.items() if error == NO_ACCESS]
        if not denied:
            return ""
        return f"This notebook may not read {', '.join(denied)}: turn it on in Colab's secrets."

    def forget(self) -> None:
        """Ask anew for what was not found; where nobody answers, each question takes long."""
        if any(one.error == NO_ANSWER for one in self._answers.values()):
            return
        self._answers = {name: one for name, one in self._answers.items() if one.secret}
        self._spent = 0.0

    def _get(self, name: str) -> Secret | None:
        if MODULE not in sys.modules:
            return None
        now = time.monotonic()
        known = self._answers.get(name)
        if (known is None or now >= known.until) and self._may_ask(now):
            known = self._answers[name] = self._asked(name, known)
            self._spent += time.monotonic() - now
        return known.secret if known else None

    def _may_ask(self, now: float) -> bool:
        if now >= self._since + LIFE:
            self._since, self._spent = now, 0.0
        return self._spent < BUDGET

    def _asked(self, name: str, known: Answer | None) -> Answer:
        until = time.monotonic() + LIFE
        try:
            value = _ask(name)
        except Exception as error:  # noqa: BLE001 - its errors are classes of a module of Colab's
            return Answer(None, type(error).__name__, until)
        old = known.secret if known else None
        return Answer(old if old is not None and old.holds(value) else Secret(value), "", until)


def _ask(name: str) -> str:
    from google.colab import userdata

    value: str = userdata.get(name)
    return value


COLAB = Colab()
