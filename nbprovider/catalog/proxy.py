"""The shape of a gateway's own JSON, as a provider file describes it in its `[proxy]` table.

A path leads to a value: `result.outputs[0].text`. Names are joined by dots; `[0]` is the first
entry of a list, in a reply `[-1]` the last. "" means that there is no such value.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

_NAME = r"[^\s.\[\]]+"
Path = Annotated[str, Meta(pattern=rf"^$|^({_NAME}|\[-?\d+\])(\.{_NAME}|\[-?\d+\])*$")]
Place = Annotated[str, Meta(pattern=rf"^$|^{_NAME}(\.{_NAME}|\[\d+\])*$")]
Streaming = Literal["none", "sse", "ndjson"]
Word = Literal["stop", "length", "tool_calls", "refused", "pause", "other"]


class Asking(Struct, frozen=True, forbid_unknown_fields=True):
    """Where in the request each thing goes.

    - `model`: the model's name
    - `messages`: the conversation, a list of objects with a role and a text
    - `prompt`: the conversation as one text, where there is no list
    - `system`: the instructions; "" puts them into the conversation
    - `stream`: true or false
    - `options`: our option's name → its place
    - `role`, `content`: what the two fields of a message are called
    - `roles`: our role → the gateway's word for it
    """

    model: Place = ""
    messages: Place = ""
    prompt: Place = ""
    system: Place = ""
    stream: Place = ""
    options: dict[str, Place] = field(default_factory=dict)
    role: str = "role"
    content: str = "content"
    roles: dict[str, str] = field(default_factory=dict)


class Answering(Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a whole reply each thing is.

    - `text`, `thinking`: the answer, and the reasoning before it
    - `model`, `id`: which model answered, and the gateway's id of the reply
    - `finish`: why it ended; a stream has ended once this is there
    - `reasons`: the gateway's word for that → ours
    - `error`, `code`: the words and the code of an error, at any status
    """

    text: Path
    thinking: Path = ""
    model: Path = ""
    id: Path = ""
    finish: Path = ""
    reasons: dict[str, Word] = field(default_factory=dict)
    error: Path = ""
    code: Path = ""


class Piece(Struct, frozen=True, forbid_unknown_fields=True):
    """Where in one piece of a stream the words are, "" for the same place as in a whole reply."""

    text: Path = ""
    thinking: Path = ""


class Counting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the tokens are counted; `cost` is in US dollars."""

    input: Path = ""
    output: Path = ""
    cache_read: Path = ""
    cache_write: Path = ""
    reasoning: Path = ""
    cost: Path = ""


class Proxy(Struct, frozen=True, forbid_unknown_fields=True):
    """A gateway's own JSON: where calls are sent, how replies come, and where everything is.

    `path` is below the base URL and may hold `{model}`; `stream_path` takes its place for a reply
    that streams. `stream` says how one streams: as server-sent events, as a JSON value a line, or
    not at all.
    """

    reply: Answering
    request: Asking = Asking()
    delta: Piece = Piece()
    usage: Counting = Counting()
    path: str = ""
    stream_path: str = ""
    stream: Streaming = "none"

    def mistake(self) -> str:
        """Return what is wrong with the table as a whole, "" when nothing is."""
        if bool(self.request.messages) == bool(self.request.prompt):
            return "[proxy.request] needs one of `messages` and `prompt`"
        asking = self.request
        named = (asking.model, asking.messages, asking.prompt, asking.system, asking.stream)
        places = sorted(filter(None, (*named, *asking.options.values())))
        for place, following in pairwise(places):
            if re.match(rf"{re.escape(place)}($|[.\[])", following):
                return f"two things of [proxy.request] go to {place!r}"
        return ""
