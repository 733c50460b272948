"""The page of the credential form, made of its state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprovider.catalog import Provider
from nbprovider.catalog.needs import ways_in
from nbprovider.ui.forms.draft import FIELD, SERVICE, Draft, asked
from nbprovider.ui.forms.form import CLOSE
from nbprovider.ui.forms.parts import (
    Bar,
    Button,
    Buttons,
    Choice,
    Fold,
    Hidden,
    Link,
    Option,
    Page,
    Part,
    Row,
    Rows,
    Text,
    Words,
)
from nbprovider.ui.forms.providers import offered

if TYPE_CHECKING:
    from nbprovider.ui.forms.credentials import State

LONGEST = 500
"""Models that a list to choose from may have."""

LABELS = {
    "base_url": "Address",
    "name": "Account's name",
    "model": "Model",
    FIELD + "api_version": "API version",
    SERVICE + "embeddings": "Embeddings at",
    SERVICE + "tts": "Speech at",
    SERVICE + "stt": "Transcription at",
    SERVICE + "rerank": "Reranking at",
    SERVICE + "images": "Pictures at",
}


def page(state: State, said: Words, *, busy: bool) -> Page:
    """Return what is to be seen."""
    draft = state.draft
    title = "Add an account"
    if draft is not None and draft.account is not None:
        title = f"Change the account {draft.account.name}"
    if state.kept:
        again = Buttons("after", (Button("again", "Add another account"), CLOSE))
        return Page(title, (said, again))
    parts: list[Part] = [] if state.fixed else [*_choosing(state)]
    parts += _near(state)
    if draft is not None:
        parts += _of_provider(state, draft, said, busy=busy)
    else:
        parts += [said, Buttons("doing", (CLOSE,))]
    return Page(title, tuple(parts))


def _choosing(state: State) -> Iterator[Part]:
    options = offered(state.search)
    chosen = state.draft.provider.key if state.draft else ""
    note = "" if options else "No provider is called so, or is good for that."
    yield Text(
        "search",
        "Find a provider",
        state.search,
        "a name, or what you want it for: fast, cheap, private, speech …",
        note,
        live=True,
    )
    yield Choice("provider", "Provider", chosen, options, shape="list")


def _near(state: State) -> Iterator[Part]:
    wanted = state.draft.provider.key if state.draft else ""
    found = [one for one in state.near if wanted in ("", one.provider)]
    if not found:
        return
    rows = tuple(
        Row(
            one.base_url,
            (one.provider, one.base_url, f"{len(one.models)} models"),
            (Button("use", "Use it", note=f"use {one.provider} at {one.base_url}"),),
        )
        for one in found
    )
    yield Words("near_title", "Found on this machine", "title")
    yield Rows("near", ("server", "address", "on offer"), rows, (1, 2, 1))


def _of_provider(state: State, draft: Draft, said: Words, *, busy: bool) -> Iterator[Part]:
    of = draft.provider
    yield Words("name_of_provider", of.name, "title")
    yield Words("about", _about(of))
    yield Fold("begin", "How to begin", (Words("steps", _steps(of)),))
    if of.program:
        yield from _program(of)
    elif of.launcher:
        yield from _embedded(state)
    else:
        yield from _signing_in(state, draft)
        yield from _key(state, draft)
        yield from _fields(state, draft)
    yield said
    yield _doing(draft, busy=busy)


def _about(of: Provider) -> str:
    good = of.guide.pick_for
    lines = (
        f"Good for {good}." if good else "",
        f"Costs: {of.guide.cost}." if of.guide.cost else "",
    )
    return "\n".join(filter(None, lines))


def _steps(of: Provider) -> str:
    steps = (f"{number}. {step}" for number, step in enumerate(of.guide.steps, 1))
    return "\n".join(steps)


def _program(of: Provider) -> Iterator[Part]:
    assert of.program is not None  # noqa: S101 - by the caller
    path = shutil.which(of.program.name)
    text = f"The program {of.program.name} is installed; it has a login of its own, no key."
    if path is None:
        text = f"The program {of.program.name} is not installed: {of.program.install}"
    yield Words("program", text, "good" if path else "warning")


def _embedded(state: State) -> Iterator[Part]:
    from nbprovider import embedded

    if embedded.installed():
        yield Words("installed", "It is installed: nothing needs to be entered.", "good")
    else:
        yield Words("installed", "It is not installed yet: about 93 MB are fetched once.")
    done, whole = state.fetched or (0, None)
    share = done / whole if state.fetched and whole else None
    yield Bar("fetched", "Fetched", share, f"{done / 1e6:.0f} of {(whole or 0) / 1e6:.0f} MB")


def _signing_in(state: State, draft: Draft) -> Iterator[Part]:
    oauth = draft.provider.oauth
    if oauth is None:
        return
    if not oauth.authorize:
        yield Words("login_how", f"Log in by: %provider login {draft.provider.key}")
        return
    label = oauth.label or f"Sign in to {draft.provider.name}"
    yield Buttons("signing", (Button("sign_in", label, "primary"),))
    if state.login is not None:
        yield Link("login_link", "1. Open the page to sign in", state.login.url, "in a new tab")
        yield Words(
            "login_how",
            "2. Your browser is then led to an address that it cannot show. Copy the whole address"
            " bar, paste it below, and press Enter.",
        )
        yield Hidden("redirected", "3. The address", "http://127.0.0.1:…")


def _key(state: State, draft: Draft) -> Iterator[Part]:
    of = draft.provider
    if "api key" not in ways_in(of):
        if of.signing != "header":
            yield Words("signed", f"It is signed by credentials of {of.name}: see How to begin.")
        return
    if of.oauth is not None:
        yield Words("or", "Or by a key", "title")
    if of.key_url:
        yield Link("key_url", "Get a key", of.key_url, of.key_url.removeprefix("https://"))
    if state.found is not None:
        where = state.found.source
        yield Words(
            "found",
            f"A key was found: {where}. It works as it is; saved, it also does"
            " where that is not set.",
            "good",
        )
        yield Buttons("using", (Button("use", "Use it"),))
    entered = draft.secret is not None
    empty = "entered; another one replaces it" if entered else "paste it here"
    if draft.account is not None and draft.account.sealed and not entered:
        empty = "kept already; another one replaces it"
    optional = "" if of.needs_key and of.signing == "header" else " (optional)"
    yield Hidden("key", f"Key{optional}", empty, draft.key_note())


def _fields(state: State, draft: Draft) -> Iterator[Part]:
    of = draft.provider
    shown, folded = asked(of)
    yield from (_text(draft, name) for name in shown)
    yield Text("name", LABELS["name"], draft.words.get("name", ""), of.key)
    model = draft.words.get("model", "")
    yield Text("model", LABELS["model"], model, of.default_model or "its first, or one you name")
    if state.models:
        usual = Option("", f"the usual one: {of.default_model or state.models[0]}")
        listed = tuple(Option(name, name) for name in state.models[:LONGEST])
        yield Choice("models", "Models on offer", model, (usual, *listed))
    if folded:
        yield Fold(
            "addresses",
            "Addresses and parts of them",
            tuple(_text(draft, name) for name in folded),
        )


def _text(draft: Draft, name: str) -> Text:
    of = draft.provider
    usual = {"base_url": of.base_url or "https://host/v1"}
    usual |= {FIELD + part: value for part, value in of.defaults.items()}
    usual |= {SERVICE + part: path for part, path in of.services.items()}
    label = LABELS.get(name) or name.removeprefix(FIELD).replace("_", " ").capitalize()
    return Text(name, label, draft.words.get(name, ""), usual.get(name, ""))


def _doing(draft: Draft, *, busy: bool) -> Buttons:
    of = draft.provider
    stop = (Button("stop", "Stop", "danger", note="end what is under way"),) if busy else ()
    if of.launcher:
        return Buttons("doing", (*_of_embedded(), *stop, CLOSE))
    # Enabled also without a key: it arrives with the very click that leaves its field.
    test = Button("try", "Test connection", note="ask it for one word")
    if of.program:
        return Buttons("doing", (test, *stop, CLOSE))
    save = Button("keep", "Save", "primary", note="keep it in the vault")
    return Buttons("doing", (test, save, *stop, CLOSE))


def _of_embedded() -> Iterator[Button]:
    from nbprovider import embedded

    if embedded.installed():
        yield Button("try", "Test it", note="ask it for one word")
    else:
        yield Button("install", "Install", "primary")
