"""What is asked, of whom."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from nbprovider.types.parts import Message

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

OptionName = Literal[
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "stop",
    "effort",
    "seed",
    "json",
    "cache",
]
"""What the fields of `Options` are called, as a provider file may name them."""

Cache = Literal["5m", "1h"]
"""How long the prompt should stay in the provider's cache, where it can be told."""


class Options(Struct, frozen=True, omit_defaults=True):
    """How to answer, in our words; None leaves it to the provider.

    A protocol translates each one that is set, or refuses it by name before anything is sent.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] | None = None
    effort: Effort | None = None
    seed: int | None = None
    json: bool | None = None
    cache: Cache | None = None

    def given(self) -> dict[str, Any]:
        """Return the options that are set, by name."""
        pairs = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in pairs if value is not None}


class Tool(Struct, frozen=True, omit_defaults=True):
    """A function that the model may ask for; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class Call(Struct, frozen=True, omit_defaults=True):
    """One question: the model, the conversation so far, and how to answer.

    `tool_choice` is "auto", "none", "required" or a tool's name. `schema` is the JSON schema that
    the answer must meet. `extra` holds fields of the provider's own, put into the request's body as
    they are.
    """

    model: str
    messages: tuple[Message, ...]
    options: Options = Options()
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    schema: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    stream: bool = True


class Ref(Struct, frozen=True):
    """The full name of a model: `provider:model@account`."""

    provider: str
    model: str
    account: str = ""

    def __str__(self) -> str:
        at = f"@{self.account}" if self.account and self.account != self.provider else ""
        return f"{self.provider}:{self.model}{at}"


class Route(Struct, frozen=True):
    """One way to answer a call: provider key, model, account name, and why this one.

    `role`: the role or chain by whose name it was asked for, "" where there was none.
    """

    provider: str
    model: str
    account: str
    reason: str = ""
    role: str = ""

    @property
    def ref(self) -> Ref:
        """The route's model by its full name."""
        return Ref(self.provider, self.model, self.account)
