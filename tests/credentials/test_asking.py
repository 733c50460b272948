import getpass
import warnings

import pytest

from nbprovider import catalog
from nbprovider.credentials import ask
from nbprovider.errors import MissingKey, UsageError

GROQ = catalog.find("groq")


def answering(reply):
    """Return a getpass that replies, or raises what it is given."""

    def typed(prompt: str = "") -> str:
        typed.prompt = prompt
        if isinstance(reply, Exception):
            raise reply
        return reply

    return typed


def test_what_is_typed_becomes_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = answering(" gsk_typed \n")
    monkeypatch.setattr(getpass, "getpass", typed)
    assert ask(GROQ).reveal() == "gsk_typed"
    assert "Groq" in typed.prompt
    assert GROQ.key_url in typed.prompt


@pytest.mark.parametrize("reply", ["", "  \n"])
def test_nothing_typed_is_a_missing_key(monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    monkeypatch.setattr(getpass, "getpass", answering(reply))
    with pytest.raises(MissingKey, match=r"Nothing was entered.*GROQ_API_KEY"):
        ask(GROQ)


def test_a_front_end_that_cannot_ask_is_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.error import StdinNotImplementedError

    monkeypatch.setattr(getpass, "getpass", answering(StdinNotImplementedError("no stdin")))
    with pytest.raises(MissingKey, match=r"cannot be asked for here.*GROQ_API_KEY"):
        ask(GROQ)


@pytest.mark.parametrize("error", [EOFError(), OSError("no terminal")])
def test_no_terminal_is_a_missing_key(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(getpass, "getpass", answering(error))
    with pytest.raises(MissingKey):
        ask(GROQ)


def test_a_key_that_would_be_shown_while_typing_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def echoing(_prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return "shown"

    monkeypatch.setattr(getpass, "getpass", echoing)
    with pytest.raises(MissingKey, match="cannot be asked"):
        ask(GROQ)


@pytest.mark.kernel
def test_in_a_notebook_that_runs_by_itself_asking_fails_at_once() -> None:
    import nbclient
    import nbformat

    source = "from nbprovider import catalog, credentials as c\nc.ask(catalog.find('groq'))"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(
        nbclient.exceptions.CellExecutionError,
        match=r"cannot be asked for here\.\s+Set GROQ_API_KEY",
    ):
        nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def test_a_program_with_a_login_of_its_own_takes_no_key() -> None:
    with pytest.raises(UsageError, match="`claude` has a login of its own"):
        ask(catalog.find("claude-cli"))
