"""Every detail of a call, for `--debug`: secrets are taken out."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbprovider.credentials import redact
from nbprovider.errors import NbproviderError, NoRoute, ProviderError

if TYPE_CHECKING:
    from nbprovider.answer import Answer


def error_in_full(error: NbproviderError) -> str:
    """Return all that is known of an error, and of those it holds."""
    told = ["", "".join(traceback.format_exception(error))]
    if isinstance(error, ProviderError):
        told.append(_facts(_of_provider(error)))
    if isinstance(error, NoRoute):
        told += [error_in_full(e) for _, e in error.errors if isinstance(e, NbproviderError)]
    return redact("\n".join(told))


def _of_provider(error: ProviderError) -> dict[str, Any]:
    return {
        "provider": error.provider,
        "account": error.account,
        "model": error.model,
        "status": error.status,
        "code": error.code,
        "retry after": error.retry_after,
        "request id": error.request_id,
        "body": error.detail,
    }


def answer_in_full(answer: Answer) -> str:
    """Return all that is known of an answer."""
    facts = {
        "route": str(answer.route.ref),
        "finish": f"{answer.finish} ({answer.turn.raw_finish})",
        "reply": answer.turn.id,
        "cost": f"{answer.cost} USD ({answer.cost_source})",
        "first token": answer.first_token,
        "duration": answer.duration,
        **answer.provenance,
    }
    return redact(_facts(facts))


def _facts(facts: Mapping[str, Any]) -> str:
    told = [
        f"{name}: {value}" for name, value in facts.items() if value is not None and value != ""
    ]
    return "\n".join(told)
