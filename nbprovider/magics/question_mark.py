"""`%chat what's up?` asks a question: IPython alone would show help on the last word.

So do `%fix` and `%explain`, which take words too.
"""

from __future__ import annotations

import tokenize
from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import EscapedCommand, HelpEnd

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_ASKING = ("chat", "fix", "explain")

_MARGIN = {tokenize.INDENT, tokenize.DEDENT}


class ChatLine(EscapedCommand):
    """Transform a line that asks before its question mark is taken for help."""

    priority = HelpEnd.priority - 1

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> ChatLine | None:
        """Find the first line that asks and has more words on it."""
        for line in tokens_by_line:
            words = [token for token in line if token.type not in _MARGIN]
            asks = [token.string for token in words[:2]] in (["%", name] for name in _ASKING)
            if asks and _more(words[1]):
                return cls(words[0].start)
        return None


def _more(name: Any) -> bool:
    """Say whether a space and something else follow `chat`."""
    rest: str = name.line[name.end[1] :]
    return rest[:1].isspace() and bool(rest.strip())


def install(shell: InteractiveShell) -> None:
    """Teach the shell, once, to tell a question from a call for help."""
    transformers = shell.input_transformer_manager.token_transformers
    transformers[:] = [t for t in transformers if t.__name__ != ChatLine.__name__]
    transformers.append(ChatLine)
