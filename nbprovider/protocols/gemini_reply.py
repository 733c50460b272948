"""The parts of a Gemini reply, in our words."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.gemini_arguments import Growing
from nbprovider.protocols.gemini_request import OUR_ID
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Media,
    Opaque,
    Part,
    Served,
    Text,
    Thinking,
    ToolCall,
)
from nbprovider.types.parts import MediaKind

Wire = dict[str, Any]


class State:
    """What one reply needs remembered.

    - `served`: the model and the id of the reply, as last said
    - `calls`: the function calls so far
    - `growing`: the function call that is not all there yet
    - `cited`: the sources already told
    - `counts`: the tokens, as last said; `searches`: those that are paid for
    - `ended`: the reason why the reply ended, as last told
    """

    def __init__(self, call: Call, provider: Provider) -> None:  # noqa: ARG002 - the contract's
        self.done = False
        self.served = Served("")
        self.calls = 0
        self.growing: Growing | None = None
        self.cited: set[tuple[str, str]] = set()
        self.counts: dict[str, int] = {}
        self.searches = 0
        self.ended: object = None
        self._turn = len(call.messages)
        self._parts = 0
        self._open: type[Part] | None = None
        self._open_index = 0

    def alone(self, part: Part) -> Delta:
        """Return a part that nothing is joined to, neither before nor after it."""
        self._open = None
        return self.beside(part)

    def beside(self, part: Part) -> Delta:
        """Return a part of its own that does not end the text around it."""
        self._parts += 1
        return Delta(self._parts - 1, part)

    def joined(self, part: Text | Thinking) -> Delta:
        """Return a piece of the words that are being said, or the beginning of new ones."""
        if self._open is not type(part):
            self._open, self._open_index = type(part), self._parts
            self._parts += 1
        return Delta(self._open_index, part)

    def new_id(self) -> str:
        """Return an id for the next function call, like no other in the conversation."""
        reply = re.sub(r"[^\w-]", "", self.served.id or "", flags=re.ASCII)[:24]
        return f"{OUR_ID}{reply or self._turn}_{self.calls}"


def read(part: Wire, state: State) -> Iterator[Delta]:
    """Yield what one part of a reply says."""
    readers = (reader for name, reader in READERS.items() if part.get(name) is not None)
    yield from next(readers, _opaque)(part, state)


def sources(found: Iterator[Citation], state: State) -> Iterator[Delta]:
    """Yield the sources that were not told before: a stream repeats them."""
    for citation in found:
        told = (citation.source, citation.text)
        if told not in state.cited:
            state.cited.add(told)
            yield state.beside(citation)


def _text(part: Wire, state: State) -> Iterator[Delta]:
    """Yield words; those that bear a signature stay apart, so that they can be sent back so."""
    words = part["text"]
    extra = {name: value for name, value in part.items() if name not in ("text", "thought")}
    if extra:
        yield state.alone(_signed(words, extra, thought=part.get("thought")))
    elif words:
        yield state.joined(Thinking(words) if part.get("thought") else Text(words))


def _signed(words: str, extra: Wire, *, thought: object) -> Text | Thinking:
    if not thought:
        return Text(words, extra)
    signature = extra.pop("thoughtSignature", None)
    return Thinking(words, signature, extra or None)


def _function_call(part: Wire, state: State) -> Iterator[Delta]:
    call = part["functionCall"]
    if state.growing is None or call.get("name"):
        yield from grown(state)
        state.growing = Growing()
    state.growing.add(part)
    if not call.get("willContinue"):
        yield from grown(state)


def grown(state: State) -> Iterator[Delta]:
    """Yield the function call that was under construction, if there was one."""
    growing, state.growing = state.growing, None
    if growing and growing.name:
        state.calls += 1
        id_ = growing.id or state.new_id()
        yield state.alone(ToolCall(id_, growing.name, growing.arguments(), growing.extra or None))


def _inline(part: Wire, state: State) -> Iterator[Delta]:
    """Yield an image, a sound or the like; one that is only a thought is kept, not shown."""
    if part.get("thought"):
        yield from _opaque(part, state)
        return
    data = part["inlineData"]
    mime = data.get("mimeType") or "application/octet-stream"
    yield state.alone(
        Media(_kind(mime), mime, urlsafe_b64decode(data["data"]), extra=_beside(part, "inlineData"))
    )


def _file(part: Wire, state: State) -> Iterator[Delta]:
    data = part["fileData"]
    mime = data.get("mimeType") or "application/octet-stream"
    extra = _beside(part, "fileData")
    yield state.alone(Media(_kind(mime), mime, url=data["fileUri"], extra=extra))


def _kind(mime: str) -> MediaKind:
    return KINDS.get(mime.partition("/")[0], "document")


def _beside(part: Wire, name: str) -> Wire | None:
    return {key: value for key, value in part.items() if key != name} or None


def _opaque(part: Wire, state: State) -> Iterator[Delta]:
    """Yield what only Gemini understands: code it ran, searches it made, and what is new."""
    if part:
        yield state.alone(Opaque("gemini", part))


KINDS: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}

READERS: dict[str, Callable[[Wire, State], Iterator[Delta]]] = {
    "functionCall": _function_call,
    "text": _text,
    "inlineData": _inline,
    "fileData": _file,
}
