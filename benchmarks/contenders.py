"""The ways to stream one reply: `python contenders.py NAME URL` stands ready to measure one.

Each way is made by a function that is given the server's address and imports what it needs; what
it returns streams one reply and gives back its text. After two replies that warm up, each line on
stdin asks for one more, and is answered by its CPU and wall seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

from chunk_server import TEXT

KEY = "sk-of-nobody"
PROMPT = "Say a word, many times."
QUESTION = [{"role": "user", "content": PROMPT}]

Way = Callable[[], str]


def _body(model: str = "bench-1") -> dict:
    return {"model": model, "stream": True, "messages": QUESTION}


def _raw(url: str, method: str) -> Way:
    import httpx2

    client = httpx2.Client(trust_env=False)

    def one() -> str:
        with client.stream("POST", f"{url}/chat/completions", json=_body()) as response:
            length = sum(map(len, getattr(response, method)()))
        return TEXT if length > len(TEXT) else ""

    return one


def iter_raw(url: str) -> Way:
    return _raw(url, "iter_raw")


def iter_bytes(url: str) -> Way:
    return _raw(url, "iter_bytes")


def aiter_raw(url: str) -> Way:
    """Read bytes on an event loop: the floor of all that is asynchronous."""
    import asyncio

    import httpx2

    client = httpx2.AsyncClient(trust_env=False)
    loop = asyncio.new_event_loop()

    async def one() -> str:
        async with client.stream("POST", f"{url}/chat/completions", json=_body()) as response:
            length = sum([len(data) async for data in response.aiter_raw()])
        return TEXT if length > len(TEXT) else ""

    return lambda: loop.run_until_complete(one())


def _home(url: str) -> None:
    """Let nbprovider ask the server; its home is a folder that the caller has set."""
    os.environ["OPENAI_COMPATIBLE_BASE_URL"] = url
    os.environ["OPENAI_COMPATIBLE_API_KEY"] = KEY


MODEL = "openai-compatible:bench-1"


def flow_and_fold(url: str) -> Way:
    """One attempt through the transport, folded into a turn: no session, no ledger."""
    _home(url)
    from nbprovider import transport
    from nbprovider.flow import attempt
    from nbprovider.session import current
    from nbprovider.types import Call, Message, Text, fold

    session = current()
    access = session.access(session.route(MODEL))
    call = Call("bench-1", (Message("user", (Text(PROMPT),)),))

    def one() -> str:
        return fold(transport.run(attempt(call, access), session.network)).text

    return one


def ask(url: str) -> Way:
    """`nbprovider.ask`: session, ledger on disk, listeners."""
    _home(url)
    import nbprovider

    return lambda: nbprovider.ask(PROMPT, model=MODEL).text


def ask_messages(url: str) -> Way:
    """`nbprovider.ask` on Anthropic's protocol, as Anthropic's SDK below."""
    os.environ["ANTHROPIC_BASE_URL"] = url.removesuffix("/v1")
    os.environ["ANTHROPIC_AUTH_TOKEN"] = KEY
    import nbprovider

    return lambda: nbprovider.ask(PROMPT, model="anthropic-compatible:bench-1").text


def stream(url: str) -> Way:
    _home(url)
    import nbprovider

    return lambda: "".join(nbprovider.stream(PROMPT, model=MODEL))


def aask(url: str) -> Way:
    _home(url)
    import asyncio

    import nbprovider

    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(nbprovider.aask(PROMPT, model=MODEL)).text


def magic(url: str) -> Way:
    """`%%chat` in a shell whose displays go nowhere, painted ten times a second."""
    _home(url)
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell

    class Nowhere(DisplayPublisher):
        def publish(self, *_: object, **__: object) -> None: ...

        def clear_output(self, wait: bool = False) -> None: ...  # noqa: FBT001, FBT002 - IPython's

    InteractiveShell.kernel = True  # what a notebook's shell has
    shell = InteractiveShell.instance(display_pub_class=Nowhere)
    shell.run_line_magic("load_ext", "nbprovider")

    def one() -> str:
        shell.run_cell_magic("chat", f"{MODEL} --new -o answer", PROMPT)
        return shell.user_ns["answer"].text

    return one


def openai(url: str) -> Way:
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key=KEY)

    def one() -> str:
        chunks = client.chat.completions.create(model="bench-1", messages=QUESTION, stream=True)
        return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

    return one


def anthropic(url: str) -> Way:
    """Anthropic's SDK on its own protocol's events, as raw events."""
    from anthropic import Anthropic

    client = Anthropic(base_url=url.removesuffix("/v1"), api_key=KEY)

    def one() -> str:
        events = client.messages.create(
            model="bench-1", max_tokens=9999, messages=QUESTION, stream=True
        )
        return "".join(e.delta.text for e in events if e.type == "content_block_delta")

    return one


def litellm(url: str) -> Way:
    import litellm

    def one() -> str:
        chunks = litellm.completion(
            model="openai/bench-1", api_base=url, api_key=KEY, messages=QUESTION, stream=True
        )
        return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

    return one


def any_llm(url: str) -> Way:
    from any_llm import completion

    def one() -> str:
        chunks = completion(
            model="openai:bench-1", api_base=url, api_key=KEY, messages=QUESTION, stream=True
        )
        return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

    return one


def chatlas(url: str) -> Way:
    from chatlas import ChatOpenAICompletions

    def one() -> str:
        chat = ChatOpenAICompletions(model="bench-1", base_url=url, api_key=KEY)
        return "".join(chat.stream(PROMPT))

    return one


def llm(url: str) -> Way:
    from llm.default_plugins.openai_models import Chat

    model = Chat("bench-1", model_name="bench-1", api_base=url, key=KEY)
    return lambda: "".join(model.prompt(PROMPT, key=KEY))


WAYS: dict[str, Callable[[str], Way]] = {
    "httpx2 iter_raw": iter_raw,
    "httpx2 iter_bytes": iter_bytes,
    "httpx2 aiter_raw": aiter_raw,
    "nbprovider flow + fold": flow_and_fold,
    "nbprovider.ask": ask,
    "  on Anthropic's protocol": ask_messages,
    "nbprovider.stream": stream,
    "nbprovider.aask": aask,
    "%%chat, painted": magic,
    "anthropic": anthropic,
    "openai": openai,
    "llm": llm,
    "any-llm": any_llm,
    "chatlas": chatlas,
    "litellm": litellm,
}
READY = "ready"
RIVALS = ("anthropic", "openai", "llm", "any-llm", "chatlas", "litellm")


def measured(one: Way) -> tuple[float, float]:
    """Return the CPU and the wall seconds of one reply; fails when it is not whole."""
    began, began_wall = time.process_time(), time.perf_counter()
    text = one()
    taken = time.process_time() - began, time.perf_counter() - began_wall
    if text != TEXT:
        raise SystemExit(f"the reply has {len(text)} characters instead of {len(TEXT)}")
    return taken


def main(name: str, url: str) -> None:
    one = WAYS[name](url)
    for _ in range(2):
        measured(one)
    print(READY, flush=True)
    for _ in sys.stdin:
        print(json.dumps(measured(one)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
