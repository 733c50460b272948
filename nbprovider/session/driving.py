"""Drive a question to its end: in this thread, or on the running loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

from nbprovider.errors import UnknownModel
from nbprovider.session import terms
from nbprovider.types import Event

if TYPE_CHECKING:
    from nbprovider.session.session import Session
    from nbprovider.session.talk import Talk


def driven(session: Session, talk: Talk) -> Generator[Event]:
    """Yield what happens; what was said is kept, however it ends."""
    from nbprovider import transport

    network = terms.network(session.settings)  # of a replayed talk nothing is sent
    try:
        with talk.watched(), closing(transport.run(talk.flow, network)) as events:
            for event in events:
                talk.saw(event)
                yield event
                if talk.overspent():
                    return
    except UnknownModel as error:
        session.models.name_meant(error)
        raise
    finally:
        talk.end()


async def adriven(session: Session, talk: Talk) -> AsyncGenerator[Event]:
    """Yield what happens, without blocking the loop; closing it closes the connection."""
    from nbprovider import transport

    network = terms.network(session.settings)  # of a replayed talk nothing is sent
    try:
        with talk.watched():
            async with aclosing(transport.arun(talk.flow, network)) as events:
                async for event in events:
                    talk.saw(event)
                    yield event
                    if talk.overspent():
                        return
    except UnknownModel as error:
        await asyncio.to_thread(session.models.name_meant, error)
        raise
    finally:
        talk.end()
