"""Where a Gemini answer says that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbprovider.types import Citation


def citations(candidate: dict[str, Any]) -> Iterator[Citation]:
    """Yield the sources of one candidate: those it was grounded on, and those it recites."""
    yield from _grounding(candidate.get("groundingMetadata") or {})
    cited = candidate.get("citationMetadata") or {}
    # Gemini's API says `citationSources`, Vertex says `citations`.
    for source in cited.get("citationSources") or cited.get("citations") or ():
        if place := source.get("uri") or source.get("title"):
            yield Citation(place, title=source.get("title") or "", extra=_license(source))


def _grounding(metadata: dict[str, Any]) -> Iterator[Citation]:
    """Yield each source with each statement that rests on it, or alone when none does."""
    chunks = [_chunk(chunk) for chunk in metadata.get("groundingChunks") or ()]
    rested_on: set[int] = set()
    for support in metadata.get("groundingSupports") or ():
        statement = (support.get("segment") or {}).get("text") or ""
        for index in support.get("groundingChunkIndices") or ():
            if index < len(chunks) and chunks[index].source:
                rested_on.add(index)
                yield Citation(chunks[index].source, statement, chunks[index].title)
    for index, chunk in enumerate(chunks):
        if index not in rested_on and chunk.source:
            yield chunk


def _chunk(chunk: dict[str, Any]) -> Citation:
    """Return one source: a page, a place on the map, or a passage of a document."""
    said = next((value for value in chunk.values() if isinstance(value, dict)), {})
    title = said.get("title") or ""
    source = said.get("uri") or title or said.get("fileSearchStore") or ""
    return Citation(source, said.get("text") or "", title)


def _license(source: dict[str, Any]) -> dict[str, Any] | None:
    return {"license": source["license"]} if source.get("license") else None
