"""The tools of one question at work: what the model asked for is run, and what came of it kept."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any

from nbprovider.flow import Flow
from nbprovider.session.tools import Runnable, approved
from nbprovider.types import Await, Block, ToolCall, ToolEnded, ToolResult, ToolStarted

STOPPED = "The user stopped this before it ended."


class Workbench:
    """Run what one reply asks for; know what the model has not been told yet.

    Functions run one after the other, each in its turn; coroutines run together.
    """

    def __init__(self, runnables: Iterable[Runnable], others: Iterable[str]) -> None:
        self._runnables = {runnable.tool.name: runnable for runnable in runnables}
        self._others = set(others) - set(self._runnables)
        self._calls: tuple[ToolCall, ...] = ()
        self._given: dict[int, ToolResult] = {}

    def can(self, calls: tuple[ToolCall, ...]) -> bool:
        """Say whether all these calls can be answered here; a tool of no name can be refused."""
        known = bool(self._runnables) and bool(calls)
        return known and not any(call.name in self._others for call in calls)

    def take(self, calls: tuple[ToolCall, ...]) -> None:
        """Take in what a reply asks for; until `told` it is not forgotten."""
        self._calls, self._given = calls, {}

    @property
    def open(self) -> bool:
        """Whether something was asked for of which the model has not been told what came."""
        return bool(self._calls)

    def told(self) -> None:
        """Forget what the model, or its chat, has been told."""
        self.take(())

    def results(self, why: str = STOPPED) -> tuple[ToolResult, ...]:
        """Return a result for each call; of one that gave none, why."""
        return tuple(
            self._given.get(place) or ToolResult(call.id, call.name, why, error=True)
            for place, call in enumerate(self._calls)
        )

    def work(self) -> Flow:
        """Run what was taken in; a refusal and an error are results too."""
        together: list[tuple[int, Coroutine[Any, Any, ToolResult]]] = []
        for place, call in enumerate(self._calls):
            yield ToolStarted(call)
            runnable = self._runnables.get(call.name)
            refused = self._unknown(call) if runnable is None else None
            if runnable is not None:
                refused = yield Block(partial(approved, call, runnable))
            if refused is not None or runnable is None:
                yield self._gave(place, refused)
            elif runnable.is_async:
                together.append((place, runnable.arun(call)))
            else:
                yield self._gave(place, (yield Block(partial(runnable.run, call))))
        if together:
            places, coroutines = zip(*together, strict=True)
            for place, result in zip(places, (yield Await(_all(coroutines))), strict=True):
                yield self._gave(place, result)

    def _gave(self, place: int, result: Any) -> ToolEnded:
        self._given[place] = result
        return ToolEnded(result)

    def _unknown(self, call: ToolCall) -> ToolResult:
        known = ", ".join(self._runnables)
        words = f"There is no tool {call.name!r}. There are: {known}."
        return ToolResult(call.id, call.name, words, error=True)


async def _all(coroutines: tuple[Coroutine[Any, Any, ToolResult], ...]) -> list[ToolResult]:
    return list(await asyncio.gather(*coroutines))
