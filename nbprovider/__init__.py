"""Any AI provider in a notebook: streamed answers, safe keys, honest costs.

In a notebook: `%load_ext nbprovider`, then `%%chat`. In Python: `nbprovider.ask("…")`. Nothing
heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbprovider.about import __version__ as __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer
    from nbprovider.api.asking import aask, ask, astream, last, preview, stream
    from nbprovider.api.entry import complete_login, scan, start_login
    from nbprovider.api.offers import discover, models, providers, register_model, unregister_model
    from nbprovider.api.records import cost, usage
    from nbprovider.api.services import aembed, aspeak, atranscribe, embed, speak, transcribe
    from nbprovider.protocols.transcription import Transcript
    from nbprovider.session import Chat, attach, create_provider, register_provider
    from nbprovider.session.accounts import accounts
    from nbprovider.session.chains import chains
    from nbprovider.session.chats import chats
    from nbprovider.session.comparing import Comparison, acompare, compare
    from nbprovider.session.difficulty import explain
    from nbprovider.session.health import health
    from nbprovider.session.pending import Pending, begin
    from nbprovider.session.prices import prices
    from nbprovider.session.reconciling import reconcile
    from nbprovider.session.replays import replay
    from nbprovider.session.roles import roles, set_role, unset_role
    from nbprovider.session.standing import budgets, set_budget
    from nbprovider.session.templates import templates
    from nbprovider.session.tools import tool
    from nbprovider.session.tools.servers import mcp
    from nbprovider.session.what_if import cheapest, reprice
    from nbprovider.types import Media, Text, Tool, ToolResult
    from nbprovider.ui.all_forms import forms
    from nbprovider.ui.plots import plot_cost

_HOMES = {
    "Answer": "nbprovider.answer",
    "Chat": "nbprovider.session",
    "Comparison": "nbprovider.session.comparing",
    "Media": "nbprovider.types",
    "Pending": "nbprovider.session.pending",
    "Text": "nbprovider.types",
    "Tool": "nbprovider.types",
    "ToolResult": "nbprovider.types",
    "Transcript": "nbprovider.protocols.transcription",
    "aask": "nbprovider.api.asking",
    "acompare": "nbprovider.session.comparing",
    "accounts": "nbprovider.session.accounts",
    "aembed": "nbprovider.api.services",
    "ask": "nbprovider.api.asking",
    "aspeak": "nbprovider.api.services",
    "astream": "nbprovider.api.asking",
    "atranscribe": "nbprovider.api.services",
    "attach": "nbprovider.session",
    "begin": "nbprovider.session.pending",
    "budgets": "nbprovider.session.standing",
    "chains": "nbprovider.session.chains",
    "chats": "nbprovider.session.chats",
    "cheapest": "nbprovider.session.what_if",
    "compare": "nbprovider.session.comparing",
    "complete_login": "nbprovider.api.entry",
    "cost": "nbprovider.api.records",
    "create_provider": "nbprovider.session",
    "discover": "nbprovider.api.offers",
    "embed": "nbprovider.api.services",
    "explain": "nbprovider.session.difficulty",
    "forms": "nbprovider.ui.all_forms",
    "health": "nbprovider.session.health",
    "last": "nbprovider.api.asking",
    "mcp": "nbprovider.session.tools.servers",
    "models": "nbprovider.api.offers",
    "plot_cost": "nbprovider.ui.plots",
    "preview": "nbprovider.api.asking",
    "prices": "nbprovider.session.prices",
    "providers": "nbprovider.api.offers",
    "reconcile": "nbprovider.session.reconciling",
    "register_model": "nbprovider.api.offers",
    "register_provider": "nbprovider.session",
    "replay": "nbprovider.session.replays",
    "reprice": "nbprovider.session.what_if",
    "roles": "nbprovider.session.roles",
    "scan": "nbprovider.api.entry",
    "set_budget": "nbprovider.session.standing",
    "set_role": "nbprovider.session.roles",
    "speak": "nbprovider.api.services",
    "start_login": "nbprovider.api.entry",
    "stream": "nbprovider.api.asking",
    "templates": "nbprovider.session.templates",
    "tool": "nbprovider.session.tools",
    "transcribe": "nbprovider.api.services",
    "unregister_model": "nbprovider.api.offers",
    "unset_role": "nbprovider.session.roles",
    "usage": "nbprovider.api.records",
}

__all__ = [
    "Answer",
    "Chat",
    "Comparison",
    "Media",
    "Pending",
    "Text",
    "Tool",
    "ToolResult",
    "Transcript",
    "aask",
    "accounts",
    "acompare",
    "aembed",
    "ask",
    "aspeak",
    "astream",
    "atranscribe",
    "attach",
    "begin",
    "budgets",
    "chains",
    "chats",
    "cheapest",
    "compare",
    "complete_login",
    "cost",
    "create_provider",
    "discover",
    "embed",
    "explain",
    "forms",
    "health",
    "last",
    "load_ipython_extension",
    "mcp",
    "models",
    "plot_cost",
    "preview",
    "prices",
    "providers",
    "reconcile",
    "register_model",
    "register_provider",
    "replay",
    "reprice",
    "roles",
    "scan",
    "set_budget",
    "set_role",
    "speak",
    "start_login",
    "stream",
    "templates",
    "tool",
    "transcribe",
    "unregister_model",
    "unset_role",
    "usage",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nbprovider' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give the notebook `%%chat`, `%chat` and `%provider`."""
    from nbprovider.magics import register

    register(shell)
