"""A provider on loopback that streams a reply of many chunks as fast as it is read.

`python chunk_server.py` prints its port and serves until its stdin closes. The address says how a
reply is written: below `/burst` all at once, so that the reader finds many chunks in each read;
below `/each` one write a chunk, as a real provider does. The reply is made before it is asked for:
the server is never what is measured.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading

CHUNKS = 5_000
WORDS = [f"word{n % 89:02} " for n in range(CHUNKS)]
"""No two neighbours alike: litellm takes a repeated chunk for a model that is stuck."""

TEXT = "".join(WORDS)


def _sse(value: dict, event: str = "") -> bytes:
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(value, separators=(',', ':'))}\n\n".encode()


def _completion(choices: list[dict], **more: object) -> bytes:
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_790_000_000}
    return _sse(
        {**head, "model": "bench-1", "system_fingerprint": "fp_0", "choices": choices, **more}
    )


def chat_completions() -> list[bytes]:
    """Return the events of a Chat Completions reply, one word in each of CHUNKS."""

    def choice(delta: dict, finish: str | None = None) -> dict:
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}

    usage = {"prompt_tokens": 9, "completion_tokens": CHUNKS, "total_tokens": CHUNKS + 9}
    return [
        _completion([choice({"role": "assistant", "content": ""})]),
        *[_completion([choice({"content": word})]) for word in WORDS],
        _completion([choice({}, "stop")]),
        _completion([], usage=usage),
        b"data: [DONE]\n\n",
    ]


def messages() -> list[bytes]:
    """Return the events of an Anthropic Messages reply, one word in each of CHUNKS."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    begun = {"id": "msg_bench", "type": "message", "role": "assistant", "model": "bench-1"}
    begun |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}

    def delta(word: str) -> dict:
        text = {"type": "text_delta", "text": word}
        return {"type": "content_block_delta", "index": 0, "delta": text}

    told = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *map(delta, WORDS),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": CHUNKS}},
        {"type": "message_stop"},
    ]
    return [_sse(value, value["type"]) for value in told]


def _chunked(events: list[bytes]) -> list[bytes]:
    return [b"%x\r\n%b\r\n" % (len(event), event) for event in events] + [b"0\r\n\r\n"]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)
REPLIES = {"chat/completions": _chunked(chat_completions()), "messages": _chunked(messages())}
BURSTS = {name: b"".join(chunks) for name, chunks in REPLIES.items()}


def _request(connection: socket.socket) -> str:
    """Read one request, return its path, "" when the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return ""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head.split(b" ")[1].decode()


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, contextlib.suppress(OSError):
        while path := _request(connection):
            _, way, _, name = path.split("?")[0].split("/", 3)
            if name not in REPLIES:
                connection.sendall(NOT_FOUND)
            elif way == "burst":
                connection.sendall(HEAD + BURSTS[name])
            else:
                connection.sendall(HEAD)
                for chunk in REPLIES[name]:
                    connection.sendall(chunk)


def _accept(listening: socket.socket) -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listening,), daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
