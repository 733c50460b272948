"""The steps of one question, as one answer: what all of them took and cost together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider.ledger import pricing
from nbprovider.ledger.pricing import Cost
from nbprovider.types import Usage

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.running import Running

_COUNTS = ("input", "output", "cache_read", "cache_write", "reasoning")


def cost(runnings: Sequence[Running]) -> Cost:
    """Return what calls cost together."""
    return pricing.total([running.recorder.summary() for running in runnings])


def joined(runnings: Sequence[Running], notes: Sequence[str] = ()) -> Answer:
    """Return the answer of the last call, with what all of them took and cost."""
    *earlier, last = [running.answer() for running in runnings]
    if not earlier:
        return replace(last, notes=(*last.notes, *filter(None, notes)))
    everything = cost(runnings)
    answers = (*earlier, last)
    return replace(
        last,
        turn=replace(last.turn, usage=together([answer.usage for answer in answers])),
        cost_nano=everything.nano,
        cost_source=everything.source,
        first_token=earlier[0].first_token,
        duration=runnings[-1].began - runnings[0].began + last.duration,
        notes=tuple(dict.fromkeys([*_notes(runnings, answers, everything), *filter(None, notes)])),
        provenance={**last.provenance, "steps": len(answers)},
        steps=tuple(earlier),
    )


def _notes(runnings: Sequence[Running], answers: Sequence[Answer], everything: Cost) -> list[str]:
    """Return what the footer says of all: how many steps, each note once; sums at the end only."""
    passing = {lacking(runnings[-1].recorder.summary())}
    passing |= {words for running in runnings[:-1] for words in running.standing()}
    kept = [note for answer in answers for note in answer.notes if note not in passing]
    return [f"{len(answers)} steps", *kept, *filter(None, [lacking(everything)])]


def lacking(told: Cost) -> str:
    """Return what a known sum lacks, "" when it lacks nothing."""
    return f"and {told.unknown} of unknown price" if told.unknown and told.nano is not None else ""


def together(usages: Sequence[Usage]) -> Usage:
    """Return the sum of the tokens of several calls; None where nobody said."""
    sums = {name: _sum([getattr(usage, name) for usage in usages]) for name in _COUNTS}
    estimated = any(usage.estimated for usage in usages)
    return Usage(**sums, extra={"estimated": True} if estimated else None)


def _sum(counts: list[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
