"""The magics: light functions that load the real work on their first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbprovider.magics import help_texts, remembered
from nbprovider.magics.question_mark import install

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def register(shell: InteractiveShell) -> None:
    """Give the shell `%%chat`, `%chat` and `%provider`, and their completion."""
    install(shell)
    remembered.install(shell)
    for kind, name, function in _magics(shell):
        # Braces and dollars belong to the user's text: only {{ expr }} is interpolated, by us.
        function._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]  # noqa: SLF001
        shell.register_magic_function(function, kind, name)  # type: ignore[arg-type]
    for word in ("%provider", "%%chat", "%chat", "%fix", "%explain", "%%explain"):
        shell.set_hook("complete_command", _complete, str_key=word)  # type: ignore[no-untyped-call]


def _magics(shell: InteractiveShell) -> tuple[tuple[str, str, Callable[..., Any]], ...]:
    return (
        ("line_cell", "chat", _chat(shell)),
        ("line", "provider", _provider(shell)),
        ("line", "fix", _fix(shell)),
        ("line_cell", "explain", _explain(shell)),
    )


def _chat(shell: InteractiveShell) -> Callable[..., None]:
    def chat(line: str, cell: str | None = None) -> None:
        with _guarded(shell, line, cell or ""):
            from nbprovider.magics.chat import cell_chat, line_chat

            if cell is None:
                line_chat(shell, line)
            else:
                cell_chat(shell, line, cell)

    chat.__doc__ = help_texts.CHAT
    return chat


def _provider(shell: InteractiveShell) -> Callable[[str], Any]:
    def provider(line: str) -> Any:
        with _guarded(shell, line):
            from nbprovider.magics.provider import run

            return run(line)

    provider.__doc__ = help_texts.PROVIDER
    return provider


def _fix(shell: InteractiveShell) -> Callable[[str], None]:
    def fix(line: str) -> None:
        with _guarded(shell, line):
            from nbprovider.magics.fix import fix as run

            run(shell, line)

    fix.__doc__ = help_texts.FIX
    return fix


def _explain(shell: InteractiveShell) -> Callable[..., None]:
    def explain(line: str, cell: str | None = None) -> None:
        with _guarded(shell, line, cell or ""):
            from nbprovider.magics.explain import explain as run

            run(shell, line, cell)

    explain.__doc__ = help_texts.EXPLAIN
    return explain


def _guarded(shell: InteractiveShell, line: str, cell: str = "") -> Any:
    from nbprovider.magics.guard import Guarded

    return Guarded(shell, line, cell)


def _complete(_: InteractiveShell, event: Any) -> list[str]:
    from nbprovider.magics.complete import complete

    return complete(event.text_until_cursor)
