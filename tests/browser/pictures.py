"""Take the pictures of forms and tools for the documentation: `make pictures`."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import context_pictures  # noqa: E402
import format_pictures  # noqa: E402
import model_pictures  # noqa: E402
import tool_pictures  # noqa: E402
from hand import Hand  # noqa: E402
from lab import Browser, browser, theme, until  # noqa: E402 - found by the line above

from loopback import serving  # noqa: E402
from nbprovider import config  # noqa: E402
from on_offer import Provider  # noqa: E402
from seeds import SEEDS  # noqa: E402

KEY = SEEDS["openai project"]
LOAD = "%load_ext nbprovider"
SCALE = 1.5


class Taking(Hand):
    """A cell with a form, and where its pictures go."""

    def __init__(self, notebook, number: int, folder: Path, suffix: str) -> None:
        super().__init__(notebook, number)
        self._folder = folder
        self._suffix = suffix

    def picture(self, name: str) -> None:
        """Take the form's picture, without a focus or a pointer on it."""
        self.notebook.page.evaluate("document.activeElement.blur()")
        self.notebook.page.mouse.move(0, 0)
        self.notebook.page.wait_for_timeout(400)
        form = self.area.locator(".nbprovider-form")
        form.screenshot(path=self._folder / f"form-{name}{self._suffix}.png")


@contextlib.contextmanager
def shown(lab: Browser, folder: Path, suffix: str, *cells: str) -> Iterator[Taking]:
    """Run the cells, the last of which shows a form."""
    with lab.notebook(f"picture-{time.monotonic_ns()}", LOAD, *cells) as notebook:
        for number in range(len(cells) + 1):
            notebook.run(number)
        yield Taking(notebook, len(cells), folder, suffix)


def auth(lab: Browser, folder: Path, suffix: str, url: str) -> None:
    """Take the form for a key: chosen, tried, refused."""
    with shown(lab, folder, suffix, "%provider auth") as form:
        form.write("Find a provider", "fast")
        until(lambda: form.area.locator("option").count() < 10, "the list is narrowed")
        label = next(o for o in form.area.locator("option").all_inner_texts() if "Groq" in o)
        form.area.locator("select").select_option(label=label)
        form.sees("Get a key")
        form.picture("auth")
    with shown(lab, folder, suffix, "%provider auth openai-compatible") as form:
        form.write("Address", f"{url}/v1")
        form.write("Key (optional)", SEEDS["odd"])
        form.press("Test connection")
        form.sees("✕")
        form.picture("refused")
        form.write("Key (optional)", KEY)
        form.press("Test connection")
        form.sees("It works")
        form.picture("tested")


def login(lab: Browser, folder: Path, suffix: str, _url: str) -> None:
    """Take the form for a login that was begun."""
    with shown(lab, folder, suffix, "%provider auth openrouter") as form:
        form.press("Sign in to OpenRouter")
        form.sees("3. The address")
        form.picture("login")


def accounts(lab: Browser, folder: Path, suffix: str, url: str) -> None:
    """Take the table of accounts, one of which was tried."""
    made = [
        "import nbprovider",
        f"nbprovider.accounts.add('openai-compatible', {KEY!r}, name='lab', base_url='{url}/v1')",
        "nbprovider.accounts.add('mistral', '0123456789abcdef', name='old')",
        "nbprovider.accounts.remove('old');",
    ]
    with shown(lab, folder, suffix, "\n".join(made), "%provider accounts") as form:
        form.sees("lab")
        form.area.get_by_role("button", name="Test").last.click()
        form.sees("It works")
        form.press("▸ Removed (1)")
        form.sees("just now")
        form.picture("accounts")


def models(lab: Browser, folder: Path, suffix: str, _url: str) -> None:
    """Take the forms of models, of defaults, and of what is spent."""
    with serving(model_pictures.offering()) as server:
        made = model_pictures.made(server.url)
        with shown(lab, folder, suffix, made, "%provider discover work") as form:
            model_pictures.models(form)
        with shown(lab, folder, suffix, model_pictures.CHAINS, "%provider defaults") as form:
            model_pictures.defaults(form)
        asked = "for model in ('openai/gpt-oss-20b', 'openai/gpt-oss-120b'):\n"
        asked += "    nbprovider.ask('hi', model=f'work:{model}')"
        calls = f"import nbprovider\n{asked}"
        with shown(lab, folder, suffix, calls, "%provider cost --panel") as form:
            model_pictures.spend(form)


PICTURES: tuple[Callable[[Browser, Path, str, str], None], ...] = (
    auth,
    login,
    accounts,
    models,
    tool_pictures.tools,
    format_pictures.formats,
    context_pictures.fix,
    context_pictures.outgoing,
)


def main(folder: Path) -> None:
    """Take all of them in both themes; those of the dark one end in `-dark`."""
    os.environ.pop("NBPROVIDER_HOME", None)
    for name, suffix in (("Light", ""), ("Dark", "-dark")):
        with tempfile.TemporaryDirectory() as scratch, serving(Provider(KEY)) as server:
            home = {config.HOME: str(Path(scratch) / "home"), "GROQ_API_KEY": SEEDS["groq"]}
            with browser(Path(scratch), home, theme(name), SCALE) as lab:
                for take in PICTURES:
                    take(lab, folder, suffix, server.url)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
