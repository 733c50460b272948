"""The forms of models, defaults and spending, filled in for their pictures."""

from __future__ import annotations

from typing import Any

from on_offer import Provider
from seeds import SEEDS

KEY = SEEDS["groq"]
LOAD = "import nbprovider"

NAMES = (
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "openai/gpt-oss-safeguard-20b",
    "groq/compound",
    "llama-3.1-8b-instant",
    "whisper-large-v3",
    "whisper-large-v3-turbo",
    "canopylabs/orpheus-v1-english",
)

CHAINS = f"""{LOAD}
nbprovider.set_budget('day', 2.5)
nbprovider.set_role('cheap', 'groq:openai/gpt-oss-20b')
nbprovider.chains.create('safe', ['groq:openai/gpt-oss-120b', 'mistral:mistral-small-latest'])"""


def offering() -> Provider:
    """Return a server that offers what Groq does."""
    return Provider(KEY, NAMES)


def made(url: str) -> str:
    """Return a cell that makes two accounts: one answers, one is not there."""
    lines = (
        LOAD,
        f"nbprovider.accounts.add('groq', {KEY!r}, name='work', base_url='{url}/openai/v1')",
        "nbprovider.accounts.add('mistral', '0123456789abcdef', base_url='http://127.0.0.1:9/v1');",
    )
    return "\n".join(lines)


def models(form: Any) -> None:
    """Search, register one, open its roles."""
    form.notebook.page.set_viewport_size({"width": 1200, "height": 1300})
    form.sees("of 8 models")
    form.area.get_by_label("Search").fill("oss-20b")
    form.sees("of 1 found")
    form.area.get_by_role("checkbox", name="openai/gpt-oss-20b").first.check()
    form.sees("is registered")
    form.area.get_by_role("button", name="Roles").last.click()
    form.press("cheap")
    form.sees("from now on")
    form.area.get_by_label("Search").fill("")
    form.picture("models")


def defaults(form: Any) -> None:
    """Show what was chosen before."""
    form.notebook.page.set_viewport_size({"width": 1200, "height": 1300})
    form.sees("of $2.50")
    form.picture("defaults")


def spend(form: Any) -> None:
    """Show what the calls before have cost."""
    form.sees("Day by day")
    form.picture("spend")
