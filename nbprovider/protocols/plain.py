"""A conversation in words, for whoever takes nothing but text."""

from __future__ import annotations

from nbprovider.catalog import Provider
from nbprovider.errors import UsageError
from nbprovider.protocols.content import chosen, result_words
from nbprovider.protocols.media import words_of
from nbprovider.protocols.options import refused
from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

Turn = tuple[str, str]
"""Whose turn it is, "user" or "assistant", and what was said."""


def check(call: Call, provider: Provider) -> None:
    """Raise UsageError for tools and a schema, which words cannot carry."""
    chosen(call)
    if call.tools:
        raise refused("tools", provider)
    if call.schema is not None:
        raise refused("JSON schema", provider)


def instructions(call: Call) -> str:
    """Return what the conversation's system messages say."""
    return "\n\n".join(message.text for message in call.messages if message.role == "system")


def turns(call: Call, provider: Provider) -> list[Turn]:
    """Return the conversation without its instructions.

    Raises UsageError for media, and when there is nothing to answer.
    """
    told = [_turn(message, provider) for message in call.messages if message.role != "system"]
    told = [(role, text) for role, text in told if text]
    if not told:
        raise UsageError("There is nothing to answer: no message has any content.")
    return told


def prompt(call: Call, provider: Provider, system: str = "") -> str:
    """Return the conversation as one text: the question alone, or all of it with who said what.

    `system` is put at its beginning. Raises UsageError as `turns` does.
    """
    told = turns(call, provider)
    text = told[0][1] if len(told) == 1 else _conversation(told)
    return f"{_tagged('instructions', system)}\n\n{text}" if system else text


def _conversation(told: list[Turn]) -> str:
    *earlier, (role, last) = told
    past = "\n".join(_tagged(who, text) for who, text in earlier)
    return (
        f"{_tagged('conversation', past)}\n\n"
        f"Go on with this conversation: answer the {role}'s next message, and nothing else.\n\n"
        f"{last}"
    )


def _tagged(tag: str, text: str) -> str:
    return f"<{tag}>\n{text}\n</{tag}>"


def _turn(message: Message, provider: Provider) -> Turn:
    role = "assistant" if message.role == "assistant" else "user"
    said = (_said(part, provider) for part in message.parts)
    return role, "\n".join(filter(None, said)).strip()


def _said(part: Part, provider: Provider) -> str:
    """Return a part in words; a thought is nobody's but its thinker's."""
    match part:
        case Text():
            return part.text
        case ToolCall():
            return f"[calls the tool {part.name} with {part.arguments or '{}'}]"
        case ToolResult():
            for medium in part.media:
                if words_of(medium) is None:
                    raise refused(f"{medium.kind} {medium.name or medium.mime}", provider)
            return f"[the tool {part.name} gave: {result_words(part)}]"
        case Citation():
            return f"[source: {part.source}]"
        case Media() if (words := words_of(part)) is not None:
            return words
        case Media():
            raise refused(f"{part.kind} {part.name or part.mime}", provider)
        case Thinking() | Opaque():
            return ""
