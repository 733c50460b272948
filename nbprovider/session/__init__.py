"""Ask a model: the session puts routing, flow, transport, ledger and chats together."""

from nbprovider.session.attachments import attach, image
from nbprovider.session.chat import Chat
from nbprovider.session.question import Prompt, Question, Words, question
from nbprovider.session.running import Listener, Running
from nbprovider.session.session import Place, Session, current
from nbprovider.session.streams import AnswerStream, AsyncAnswerStream

__all__ = [
    "AnswerStream",
    "AsyncAnswerStream",
    "Chat",
    "Listener",
    "Place",
    "Prompt",
    "Question",
    "Running",
    "Session",
    "Words",
    "attach",
    "current",
    "image",
    "question",
]
