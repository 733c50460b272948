"""What a conversation leaves out told in short, where `--window summary` asks for it.

The model writes the summary, in a call of its own that the ledger calls `summary`. It is made anew
only when more is left out, from the one before and what came since.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider.ledger import estimate
from nbprovider.session.question import Question
from nbprovider.session.window import Summary, Window, policy
from nbprovider.types import Media, Message, Part, Text, ToolCall, ToolResult

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.chat import Chat
    from nbprovider.session.session import Session

TASK = (
    "You shorten conversations. Write what somebody needs to go on with the one below: what was"
    " asked, what was found and decided, names, numbers, code that is still in use, what is open."
    " Nothing else, in at most 250 words."
)

LONGEST = 4000
"""Characters of one message that are told to whoever shortens."""

SHARE = 0.5
"""The part of what a model reads that is shortened in one call."""

Work = Generator[tuple[Question, "Chat"], "Answer", None]


def summarise(session: Session, asked: Question, chat: Chat | None) -> None:
    """Have a chat's summary ready for a question, if it is asked for and something is left out.

    Raises what the call raises.
    """
    last, work = session.last, _work(session, asked, chat)
    try:
        step = next(work, None)
        while step is not None:
            step = _next(work, session.answered(*step))
    finally:
        session.last = last


async def asummarise(session: Session, asked: Question, chat: Chat | None) -> None:
    """Do what `summarise` does without blocking the loop."""
    last, work = session.last, _work(session, asked, chat)
    try:
        step = next(work, None)
        while step is not None:
            step = _next(work, await session.aanswered(*step))
    finally:
        session.last = last


def _next(work: Work, answer: Answer) -> tuple[Question, Chat] | None:
    try:
        return work.send(answer)
    except StopIteration:
        return None


def _work(session: Session, asked: Question, chat: Chat | None) -> Work:
    """Yield the questions that make a summary, each with the chat that it is asked in."""
    meant = policy(asked.window or session.settings.window)
    if chat is None or not meant.sums:
        return
    messages = (*chat.history(asked.system), asked.message)
    if session.replay.answers(asked, asked.call(messages), chat):
        return
    route = session.route(asked.model, chat)
    window = Window(session.windows, meant)
    left = window.left_out(replace(asked.call(messages), model=route.model), route)
    told = chat.summary if chat.summary and chat.summary.is_of(left) else None
    rest = left[told.count if told else 0 :]
    if not rest:
        return
    words = told.text if told else ""
    for piece in _pieces(rest, int((session.windows.limit(asked.call(()), route) or 0) * SHARE)):
        answer = yield _question(asked, f"{words}\n\n{piece}".strip()), _apart(chat)
        words = answer.text
    chat.summary = Summary(len(left), left[-1], words)


def _question(asked: Question, text: str) -> Question:
    return Question(
        (Text(text),),
        asked.model,
        TASK,
        max_cost=asked.max_cost,
        over_budget=asked.over_budget,
        fallback=asked.fallback,
        window="all",
        purpose="summary",
    )


def _apart(chat: Chat) -> Chat:
    """Return a chat that is kept nowhere, and whose cost is the chat's."""
    from nbprovider.session.chat import Chat

    apart = Chat(model=chat.model)
    apart.name = chat.name
    return apart


def _pieces(messages: tuple[Message, ...], most: int) -> Iterator[str]:
    """Yield the words of messages, in pieces of so many tokens at most."""
    piece: list[str] = []
    size = 0
    for told in map(_told, messages):
        length = estimate.tokens(told)
        if piece and size + length > most:
            yield "\n\n".join(piece)
            piece, size = [], 0
        piece.append(told)
        size += length
    if piece:
        yield "\n\n".join(piece)


def _told(message: Message) -> str:
    words = "\n".join(filter(None, map(_words, message.parts)))
    short = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
    return f"{message.role.capitalize()}: {short}"


def _words(part: Part) -> str:
    match part:
        case Text(text=text):
            return text
        case ToolCall(name=name, arguments=arguments):
            return f"[asks for {name}({arguments})]"
        case ToolResult(name=name, text=text):
            return f"[{name} gave: {text}]"
        case Media(kind=kind, name=name):
            return f"[{name or kind}]"
        case _:
            return ""
