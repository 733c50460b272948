"""What a user asks, in the words of the API and of the magics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, get_args

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.types import Citation, Effort, Media, Message, Options, Part, Text
from nbprovider.types.parts import Opaque, Thinking, ToolCall, ToolResult

Prompt = str | Part | Sequence[str | Part]

_PARTS = (Text, Thinking, ToolCall, ToolResult, Media, Citation, Opaque)


class Words(TypedDict, total=False):
    """The words that `ask`, `aask`, `stream`, `astream` and a chat's methods take.

    - `model`: a model's name in any form that `%provider route` explains
    - `system`: instructions
    - `temperature`, `top_p`, `top_k`, `max_tokens`, `stop`, `effort`, `seed`: how to answer; what
      the provider cannot do is refused by name before anything is sent
    """

    model: str | None
    system: str | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    max_tokens: int | None
    stop: Sequence[str] | str | None
    effort: Effort | None
    seed: int | None


class Question(Struct, frozen=True):
    """One question, checked: who is asked, what, and how to answer."""

    parts: tuple[Part, ...]
    model: str | None = None
    system: str | None = None
    options: Options = Options()

    @property
    def message(self) -> Message:
        """The question as the conversation's next message."""
        return Message("user", self.parts)


def question(prompt: Prompt, words: Words) -> Question:
    """Return the question that a prompt and the API's words make.

    Raises UsageError for a word that is unknown, a value that cannot be, or an empty prompt.
    """
    unknown = sorted(set(words) - set(Words.__annotations__))
    if unknown:
        raise UsageError(
            f"There is no option {unknown[0]!r}.",
            hint=f"There are: {', '.join(Words.__annotations__)}.",
        )
    options = {name: value for name, value in words.items() if name not in {"model", "system"}}
    return Question(_parts(prompt), words.get("model"), words.get("system"), checked(options))


def _parts(prompt: Prompt) -> tuple[Part, ...]:
    items: list[str | Part] = [prompt] if isinstance(prompt, str | Part) else list(prompt)
    parts = tuple(Text(_writable(item)) if isinstance(item, str) else item for item in items)
    if all(isinstance(part, Text) and not part.text.strip() for part in parts):
        raise UsageError("There is nothing to ask.", hint="Write a question.")
    for part in parts:
        if not isinstance(part, _PARTS):
            raise UsageError(
                f"A prompt cannot hold {type(part).__name__!r}.",
                hint="Give text, or parts such as Media.",
            )
    return parts


def _writable(text: str) -> str:
    """Return the text without halves of characters, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()


_EFFORTS = get_args(Effort)

_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_k": (1, float("inf")),
    "max_tokens": (1, float("inf")),
    "seed": (-(2**63), 2**64),
}


def checked(options: dict[str, object]) -> Options:
    """Return the options, each with a value that can be.

    Raises UsageError that names the option and its range.
    """
    values = {name: value for name, value in options.items() if value is not None}
    for name, value in values.items():
        if name in _RANGES:
            _within(name, value)
    if values.get("effort", "none") not in _EFFORTS:
        raise UsageError(
            f"There is no effort {values['effort']!r}.", hint=f"There are: {', '.join(_EFFORTS)}."
        )
    stop = values.get("stop")
    if stop is not None:
        values["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)  # type: ignore[arg-type]
    return Options(**values)  # type: ignore[arg-type]


def _within(name: str, value: object) -> None:
    low, high = _RANGES[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        span = f"from {low:g} to {high:g}" if high != float("inf") else f"of at least {low:g}"
        raise UsageError(f"{name} must be a number {span}, not {value!r}.")
