"""A chat to look at what would be sent: whatever the line says of it is forgotten afterwards."""

from __future__ import annotations

from nbprovider.session import Chat


def copy_of(chat: Chat) -> Chat:
    """Return a chat that says the same and is kept nowhere; budgets know it by the same name."""
    chat.history(None)  # another kernel may have added to it
    made = Chat(model=chat.model, system=chat.system)
    made.name = chat.name
    made.messages = [*chat.messages]
    made.cycle = [*chat.cycle]
    made.options = dict(chat.options)
    made.tools = [*chat.tools]
    return made
