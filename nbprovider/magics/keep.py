"""`--keep`: a chat goes on with the options and tools of a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbprovider.magics import asked
from nbprovider.magics.options import Line
from nbprovider.session import Chat
from nbprovider.session.question import question
from nbprovider.session.usual import OPTIONS


def keep(line: Line, names: Mapping[str, Any], chat: Chat) -> None:
    """Have a chat go on with what the line gives, and with nothing else, where it says so.

    `names` are the notebook's variables. Raises UsageError for a value that cannot be; then the
    chat stays as it was.
    """
    if not line.get("keep") or line.get("dry_run") or line.get("show_prompt"):
        return
    words = asked.words(line, names)
    question("as an example", words)
    given: dict[str, Any] = {name: words[name] for name in OPTIONS if name in words}  # type: ignore[literal-required]
    chat.options = given
    chat.tools = [name.strip() for name in line.get("tools", "").split(",") if name.strip()]
