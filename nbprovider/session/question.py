"""What a user asks, in the words of the API and of the magics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, get_args

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.session import values
from nbprovider.session.tools import Approval, Runnable, chosen
from nbprovider.session.window import policy
from nbprovider.shape import Shape, shape
from nbprovider.types import (
    Cache,
    Call,
    Citation,
    Effort,
    Media,
    Message,
    Opaque,
    Options,
    Part,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from nbprovider.session.chat import Chat

Prompt = str | Part | Sequence[str | Part | Any]
"""Words, or words, parts and values of the notebook in their order."""

_PARTS = (Text, Thinking, ToolCall, ToolResult, Media, Citation, Opaque)


class Words(TypedDict, total=False):
    """The words that `ask`, `aask`, `stream`, `astream` and a chat's methods take.

    - `model`: a model's name in any form that `%provider route` explains
    - `system`: instructions
    - `temperature`, `top_p`, `top_k`, `max_tokens`, `stop`, `effort`, `seed`, `json`, `cache`: how
      to answer; what the provider cannot do is refused by name before anything is sent
    - `schema`: what the answer must be: a class, `list[City]`, "name:str, age:int", a JSON schema
    - `tools`: what the model may ask for: functions are run here, a bare `Tool` is left to you;
      `tool_choice`: "auto", "none", "required", a tool's name
    - `approve`: "always" to run them, "ask" to be asked before each, "never" to run none; None
      leaves it to each tool, and to the settings
    - `max_steps`: calls that one question may take with its tools, None for the usual number
    - `window`: how much of the conversation is sent: "auto", "all", "summary", a number of earlier
      exchanges as 6, or of tokens as "8k"
    - `whole`: True to have the answer in one piece
    - `extra`: fields of the provider's own, put into the request as they are
    - `max_cost`: USD at which the answer ends, and more than which is not risked
    - `over_budget`: True to pass a budget on purpose, which is recorded
    - `fallback`: False to have nobody else answer when the model does not, True to have it so
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
    json: bool | None
    cache: Cache | None
    schema: Any
    tools: Tool | Callable[..., Any] | Iterable[Any] | None
    tool_choice: str
    approve: Approval | None
    max_steps: int | None
    window: str | int | None
    whole: bool
    extra: dict[str, Any] | None
    fallback: bool | None
    max_cost: float | None
    over_budget: bool


class Question(Struct, frozen=True):
    """One question, checked: who is asked, what, and how to answer."""

    parts: tuple[Part, ...]
    model: str | None = None
    system: str | None = None
    options: Options = Options()
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    schema: dict[str, Any] | None = None
    whole: bool = False
    extra: dict[str, Any] | None = None
    fallback: bool | None = None
    max_cost: float | None = None
    over_budget: bool = False
    runnables: tuple[Runnable, ...] = ()
    max_steps: int | None = None
    shape: Shape | None = None
    window: str | None = None
    purpose: str = ""

    @property
    def message(self) -> Message:
        """The question as the conversation's next message: the user's, or the results of tools."""
        results = all(isinstance(part, ToolResult) for part in self.parts)
        return Message("tool" if results else "user", self.parts)

    def call(self, messages: tuple[Message, ...]) -> Call:
        """Return the call that asks it after these messages; whose model is not said yet."""
        return Call(
            "",
            messages,
            self.options,
            self.tools,
            self.tool_choice,
            self.schema,
            self.extra,
            stream=not self.whole,
        )


def question(prompt: Prompt, words: Words, chat: Chat | None = None) -> Question:
    """Return the question that a prompt and the API's words make, in its chat.

    Raises UsageError for a word that is unknown, a value that cannot be, or an empty prompt.
    """
    unknown = sorted(set(words) - set(Words.__annotations__))
    if unknown:
        raise UsageError(
            f"There is no option {unknown[0]!r}.",
            hint=f"There are: {', '.join(Words.__annotations__)}.",
        )
    words = chat.usual(words) if chat else words
    options = {name: words.get(name) for name in Options.__struct_fields__}
    tools, runnables = _tools(words)
    wanted = shape(words.get("schema"))
    return Question(
        _parts(prompt),
        words.get("model"),
        words.get("system"),
        checked(options),
        tools,
        _choice(words.get("tool_choice") or "auto", tools),
        wanted.schema if wanted else None,
        bool(words.get("whole")),
        _mapping("extra", words.get("extra")),
        words.get("fallback"),
        _most(words.get("max_cost")),
        bool(words.get("over_budget")),
        runnables,
        _steps(words.get("max_steps")),
        wanted,
        _window(words.get("window")),
    )


def _parts(prompt: Prompt) -> tuple[Part, ...]:
    items = list(prompt) if isinstance(prompt, list | tuple) else [prompt]
    parts = tuple(part for item in items for part in _parts_of(item))
    if all(isinstance(part, Text) and not part.text.strip() for part in parts):
        raise UsageError("There is nothing to ask.", hint="Write a question.")
    return parts


def _parts_of(item: object) -> tuple[Part, ...]:
    """Return what a piece of a prompt is sent as: words, a part, or a value as `{{ }}` puts it."""
    if isinstance(item, str):
        return (Text(_writable(item)),)
    if isinstance(item, _PARTS):
        return (item,)
    if values.is_known(item):
        return values.parts_of(item)
    raise UsageError(
        f"A prompt cannot hold {type(item).__name__!r}.",
        hint="Give text, a table, a figure, a path, or `nbprovider.attach('picture.png')`.",
    )


def _writable(text: str) -> str:
    """Return the text without halves of characters, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()


def _tools(words: Words) -> tuple[tuple[Tool, ...], tuple[Runnable, ...]]:
    """Return all tools in their order, and those that can be run here; each name is one tool's."""
    found = chosen(words.get("tools") or (), words.get("approve"))
    return tuple(one.tool for one in found), tuple(one for one in found if one.runs)


def _steps(most: int | None) -> int | None:
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
        raise UsageError(f"max_steps cannot be {most!r}.", hint="Give a number from 1 on.")
    return most


def _window(told: str | int | None) -> str | None:
    return None if told is None else policy(told).told


def _choice(choice: str, tools: tuple[Tool, ...]) -> str:
    names = [tool.name for tool in tools]
    if choice not in {"auto", "none", "required", *names}:
        raise UsageError(
            f"There is no tool {choice!r} to choose.",
            hint=f"It is auto, none, required, or one of: {', '.join(names) or 'no tool'}.",
        )
    return choice


def _mapping(name: str, value: Any) -> dict[str, Any] | None:
    if value is None or isinstance(value, Mapping):
        return dict(value) if value else None
    raise UsageError(
        f"{name} must be a dictionary, not {type(value).__name__!r}.",
        hint="Give one, or leave it out.",
    )


def _most(usd: float | None) -> float | None:
    if usd is not None and (isinstance(usd, bool) or not 0 < usd < float("inf")):
        raise UsageError(f"max_cost cannot be {usd!r}.", hint="Give USD above 0, as 0.05.")
    return usd


_CHOICES = {"effort": get_args(Effort), "cache": get_args(Cache)}

_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_k": (1, float("inf")),
    "max_tokens": (1, float("inf")),
    "seed": (-(2**63), 2**64),
}


def checked(options: Mapping[str, Any]) -> Options:
    """Return the options, each with a value that can be.

    Raises UsageError that names the option and its range.
    """
    values = {name: value for name, value in options.items() if value is not None}
    for name, value in values.items():
        if name in _RANGES:
            _within(name, value)
        if name in _CHOICES and value not in _CHOICES[name]:
            known = ", ".join(_CHOICES[name])
            raise UsageError(f"There is no {name} {value!r}.", hint=f"There are: {known}.")
    if (stop := values.get("stop")) is not None:
        values["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    return Options(**values)


def _within(name: str, value: object) -> None:
    low, high = _RANGES[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        span = f"from {low:g} to {high:g}" if high != float("inf") else f"of at least {low:g}"
        raise UsageError(
            f"{name} must be a number {span}, not {value!r}.",
            hint="Correct it, or leave it out: then the provider chooses.",
        )
