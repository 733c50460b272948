"""What the same tokens would have cost elsewhere, and where they would have been cheapest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

from nbprovider.catalog.model import Ability
from nbprovider.credentials.edge import EDGE
from nbprovider.errors import UsageError
from nbprovider.session.session import current
from nbprovider.spelling import did_you_mean
from nbprovider.types import Usage

if TYPE_CHECKING:
    import pandas as pd


def reprice(model: str, usage: pd.DataFrame) -> pd.DataFrame:
    """Return what the attempts of a usage frame would have cost with another model, a row each.

    - `cost`: USD that it did cost; `would_cost`: USD by today's prices of the other model, NaN
      where tokens were not counted or a price is not known; `difference`: the second less the first
    - `.attrs["caveat"]`: the same number of tokens is assumed, and each maker counts its own;
      `.attrs["source"]` and `["price_list"]`: who says what it costs

    Raises UsageError for a frame that is none of `usage()`.
    """
    from nbprovider.ledger import what_if

    with EDGE:
        _check(usage)
        return what_if.reprice(current().route(model), usage)


def cheapest(for_usage: pd.DataFrame | Usage, can: Iterable[str] = ()) -> pd.DataFrame:
    """Return the models that could have done it, the cheapest first; all that is known, offline.

    `for_usage` is a frame of `usage()` or a Usage; `can` the abilities that a model must have: any
    of vision, tools, thinking, json_schema, pdf, web_search. A model whose context is too short for
    the longest exchange is left out, and so is one without a known price. `cost` is USD for all
    rows whose tokens are known; `.attrs["caveat"]` as in `reprice`.

    Raises UsageError for an ability that there is not, or a frame that is none of `usage()`.
    """
    from nbprovider.ledger import what_if

    with EDGE:
        wanted = _abilities(can)
        used = what_if.as_frame(for_usage)
        _check(used)
        return what_if.cheapest(used, what_if.candidates(wanted, datetime.now(UTC)))


def _abilities(can: Iterable[str]) -> frozenset[str]:
    known = get_args(Ability)
    wanted = frozenset({can} if isinstance(can, str) else can)
    for one in wanted - set(known):
        hint = did_you_mean(one, known) or f"There are: {', '.join(known)}."
        raise UsageError(f"No model can {one!r}.", hint=hint)
    return wanted


def _check(usage: pd.DataFrame) -> None:
    lacking = [name for name in ("input", "output", "cost") if name not in usage]
    if lacking:
        raise UsageError(
            f"This is no usage frame: it has no column {lacking[0]!r}.",
            hint="Take `nbprovider.usage()`, or rows of it.",
        )
