"""Code in a new cell below, to be read before it is run; it is never run by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.view.formats import language, unfenced

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer

_MAGICS = {
    **dict.fromkeys(("bash", "sh", "shell", "console"), "%%bash"),
    **dict.fromkeys(("javascript", "js"), "%%javascript"),
    **dict.fromkeys(("markdown", "md"), "%%markdown"),
    **dict.fromkeys(("latex", "tex"), "%%latex"),
    "html": "%%html",
    "svg": "%%svg",
    "perl": "%%perl",
    "ruby": "%%ruby",
}
"""Language of a fence → the magic of IPython's that a cell in it begins with."""


def below(shell: InteractiveShell, answer: Answer) -> None:
    """Put the answer's code into a cell below the one that runs; in a terminal, at the prompt.

    Half of a program, of an answer that was cut off, is not put there.
    """
    code = unfenced(answer.text)
    if not code.strip() or answer.status != "ok" or answer.finish == "length":
        return
    magic = _MAGICS.get(language(answer.text).lower(), "")
    if magic and not code.startswith("%%"):
        code = f"{magic}\n{code}"
    shell.set_next_input(code, replace=False)
