"""Enter a key or log in: choose a provider, try it, keep it in the vault."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct

from nbprovider import catalog
from nbprovider.credentials import Found, Secret, Stored, vault
from nbprovider.credentials.oauth import Login
from nbprovider.errors import NbproviderError, Unauthorized, UsageError
from nbprovider.session import current
from nbprovider.session.entry import Entry
from nbprovider.session.login import Logins, Whom
from nbprovider.session.nearby import Nearby, nearby
from nbprovider.session.trial import Trial, trial, trial_of
from nbprovider.ui.forms import credentials_page
from nbprovider.ui.forms.draft import Draft, elsewhere
from nbprovider.ui.forms.form import Form
from nbprovider.ui.forms.parts import Page
from nbprovider.ui.forms.providers import offered

TRYING = "try"
MAKING = ("keep", TRYING, "login", "install")
"""Work of which only one kind is done at a time."""

ENDED = (TRYING, "login", "install")
"""Work that can be ended; what is being kept is kept."""


class State(Struct):
    """All that the page is made of.

    - `search`: what providers are looked for by; `fixed`: whether one was named, and stays
    - `found`: a key of the provider outside the vault; `near`: servers that answer here
    - `login`: one that was begun; `models`: those that were found when the account was tried
    - `fetched`: bytes of the embedded model that are here, and in all
    - `kept`: the account that was kept, in place of all else
    """

    draft: Draft | None = None
    search: str = ""
    fixed: bool = False
    found: Found | None = None
    near: tuple[Nearby, ...] = ()
    login: Login | None = None
    models: tuple[str, ...] = ()
    fetched: tuple[int, int | None] | None = None
    kept: str = ""


class Credentials(Form):
    """Enter an account of a provider, of the named one at first, or change one of the vault."""

    def __init__(self, provider: str = "", account: Stored | None = None) -> None:
        super().__init__()
        self._state = State(fixed=bool(provider or account))
        name = account.provider if account else provider
        if name:
            self._choose(name, account)
        else:
            self._look_around("")

    @property
    def kept(self) -> str:
        """The name of the account that was kept, "" before that."""
        return self._state.kept

    def _page(self) -> Page:
        return credentials_page.page(self._state, self.said, busy=self.busy())

    def _set(self, name: str, value: Any, _row: str) -> None:
        state, draft = self._state, self._state.draft
        if self.busy("keep"):
            raise UsageError("It is being saved just now.", hint="Change it afterwards.")
        if name == "search":
            state.search = value
            if value and len(found := offered(value)) == 1:
                self._choose(found[0].value)
        elif name == "provider":
            self._choose(value)
        elif draft is not None and name == "key":
            self.cancel(TRYING)
            draft.take(value)
            self.say("")
        elif draft is not None and name == "redirected":
            self._complete(value)
        elif draft is not None and name == "models":
            draft.words["model"] = value
        elif draft is not None:
            draft.words[name] = value

    def _act(self, name: str, row: str) -> None:
        if name == "stop":
            for job in ENDED:
                self.cancel(job)
            self.say("Stopped; nothing was kept.")
        elif not any(self.busy(job) for job in MAKING):
            getattr(self, f"_on_{name}")(row)

    def _choose(self, name: str, account: Stored | None = None) -> None:
        """Begin with a provider; what was entered for another is forgotten."""
        state = self._state
        if state.draft is not None:
            if state.draft.provider.key == name:
                return
            state.draft.forget()
        provider = catalog.find(name)
        state.draft = Draft(provider, account)
        state.found, state.login, state.models, state.fetched = None, None, (), None
        for job in ("found", TRYING, "login"):
            self.cancel(job)
        self.say("")
        if account is None:
            self.start("found", "", lambda: asyncio.to_thread(elsewhere, provider), self._found)
            if provider.kind == "local":
                self._look_around(provider.key)

    def _look_around(self, only: str) -> None:
        def seen(found: tuple[Nearby, ...]) -> None:
            self._state.near = found

        self.start("near", "", lambda: nearby(current(), only), seen)

    def _found(self, found: Found | None) -> None:
        self._state.found = found

    def _on_use(self, row: str) -> None:
        """Take a server that answers here, or the key that was found."""
        near = next((one for one in self._state.near if one.base_url == row), None)
        if near is not None:
            self._choose(near.provider)
            draft = self._draft()
            if near.base_url != draft.provider.base_url:
                draft.words["base_url"] = near.base_url
            self._state.models = near.models
        elif (found := self._state.found) is not None:
            self._draft().take(Secret(found.secret.reveal()), found.source)

    def _on_try(self, _row: str) -> None:
        draft = self._draft()
        own = draft.provider.program or draft.provider.launcher

        async def tried() -> Trial:
            session = current()
            if own:
                return await trial_of(session, draft.provider.key)
            account, secret = await asyncio.to_thread(_as_it_stands, draft)
            try:
                return await trial(session, account, secret)
            except Unauthorized as error:
                error.hint = "Enter another one above."
                raise

        self.start(TRYING, f"Asking {draft.provider.name} for one word", tried, self._tried)

    def _tried(self, went: Trial) -> None:
        self._state.models = went.models
        self.say(went.words(), "good")

    def _on_keep(self, _row: str) -> None:
        draft = self._draft()
        self.start("keep", "Saving", lambda: asyncio.to_thread(draft.keep), self._kept)

    def _kept(self, entry: Entry) -> None:
        self._state.kept = entry.name
        warning = f" {entry.warning}" if entry.warning else ""
        self.say(
            f"Saved as {entry.name}. Ask with: `%%chat -p {entry.name}`{warning}",
            "good",
        )

    def _on_sign_in(self, _row: str) -> None:
        draft = self._draft()
        name = draft.account.name if draft.account else draft.words.get("name", "")

        def begun() -> Login:
            return Logins(current()).begin(Whom(draft.provider.key, name))

        def begin(login: Login) -> None:
            self._state.login = login

        self.start("login", "", lambda: asyncio.to_thread(begun), begin)

    def _complete(self, pasted: Secret) -> None:
        login = self._state.login
        if login is None:
            raise UsageError("No login was begun.", hint="Press Sign in first.")

        async def complete() -> str:
            try:
                return await Logins(current()).acomplete(login, pasted.reveal())
            finally:
                pasted.wipe()

        def done(name: str) -> None:
            self._state.kept, self._state.login = name, None
            self.say(f"Logged in as {name}. Ask with: `%%chat -p {name}`", "good")

        self.start("login", "Completing the login", complete, done)

    def _on_install(self, _row: str) -> None:
        from nbprovider import embedded

        stopped = False

        def fetched(done: int, whole: int | None) -> None:
            if stopped or self.closed:
                raise _StoppedError("The download was stopped.")

            def progress() -> None:
                self._state.fetched = done, whole

            self.update(progress)

        async def install() -> None:
            nonlocal stopped
            try:
                await asyncio.to_thread(embedded.install, fetched)
            finally:
                stopped = True

        def done(_: None) -> None:
            self._state.fetched = None
            self.say("Installed. Ask with: `%%chat embedded`", "good")

        self.start("install", "Fetching the model", install, done)

    def _on_again(self, _row: str) -> None:
        self._state = State()
        self.say("")
        self._look_around("")

    def _draft(self) -> Draft:
        if self._state.draft is None:
            raise UsageError("No provider is chosen.", hint="Choose one from the list.")
        return self._state.draft

    def _closing(self) -> None:
        if self._state.draft is not None:
            self._state.draft.forget()


class _StoppedError(NbproviderError):
    """Somebody has enough of a download."""


def _as_it_stands(draft: Draft) -> tuple[Stored, Secret | None]:
    """Return the account as it would be kept, and the key that it would have."""
    account = draft.stored()
    if draft.secret is not None or draft.account is None:
        return account, draft.secret
    return account, vault().secret(draft.account, "key")
