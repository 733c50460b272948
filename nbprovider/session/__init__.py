"""Ask a model: the session puts routing, flow, transport, ledger and chats together."""

from nbprovider.session.attachments import attach, image
from nbprovider.session.chat import Chat
from nbprovider.session.custom import Bound, create_provider, register_provider
from nbprovider.session.place import Place
from nbprovider.session.pulse import Listener
from nbprovider.session.question import Prompt, Question, Words, question
from nbprovider.session.running import Running
from nbprovider.session.session import Session, current
from nbprovider.session.streams import AnswerStream, AsyncAnswerStream

__all__ = [
    "AnswerStream",
    "AsyncAnswerStream",
    "Bound",
    "Chat",
    "Listener",
    "Place",
    "Prompt",
    "Question",
    "Running",
    "Session",
    "Words",
    "attach",
    "create_provider",
    "current",
    "image",
    "question",
    "register_provider",
]
