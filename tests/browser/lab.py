"""JupyterLab in a real Chromium: start both, drive one notebook, see what a reader sees."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
HEADLESS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false"},
    # Cells that are out of sight are left out of the page otherwise.
    "notebook-extension/tracker": {"windowingMode": "none"},
}

LAB, NOTEBOOK_7 = "lab/tree", "notebooks"
"""Where a notebook is opened: both are served by the same server."""

IDLE = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"


def theme(name: str) -> dict[str, dict]:
    """Return the setting that makes Lab wear this theme: "Light" or "Dark"."""
    return {"apputils-extension/themes": {"theme": f"JupyterLab {name}"}}


def until(true: Callable[[], Any], what: str, limit: float = 30) -> Any:
    """Wait until the function returns something true, return that; fail with `what`."""
    end = time.monotonic() + limit
    while not (found := true()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
    return found


class Server:
    """A JupyterLab of its own: own settings, own kernels, own notebooks, below one folder."""

    def __init__(self, folder: Path, environment: dict[str, str], settings: dict) -> None:
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self._folder = folder
        self._token = secrets.token_hex(16)
        self._port = _free_port()
        self._write(SETTINGS | settings)
        self._log = (folder / "lab.log").open("w")
        self._process = subprocess.Popen(
            self._command(), stdout=self._log, stderr=self._log, env=self._environment(environment)
        )
        until(self._up, f"JupyterLab did not start; see {self._log.name}", 60)

    def _write(self, settings: dict) -> None:
        for name, values in settings.items():
            file = self._folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={self._port}", "--ServerApp.port_retries=0"),
            f"--IdentityProvider.token={self._token}",
            f"--ServerApp.root_dir={self.notebooks}",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]

    def _environment(self, given: dict[str, str]) -> dict[str, str]:
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        own = {name: str(self._folder / place) for name, place in places.items()}
        return {**os.environ, **own, **given}

    def _up(self) -> bool:
        with contextlib.suppress(OSError):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self._port}/api/status",
                headers={"Authorization": f"token {self._token}"},
            )
            with urllib.request.urlopen(request, timeout=5):
                return True
        return False

    def address(self, notebook: str, place: str) -> str:
        """Return the address of a notebook, in Lab or in Notebook 7."""
        return f"http://127.0.0.1:{self._port}/{place}/{notebook}?token={self._token}&reset"

    def close(self) -> None:
        """End Lab and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Notebook:
    """One notebook, open in a browser's page."""

    def __init__(self, page: Any, server: Server, file: Path, place: str) -> None:
        self.page = page
        self.dialogs: list[str] = []
        page.add_locator_handler(page.locator(".jp-Dialog").first, self._accept)
        self.file = file
        page.goto(server.address(file.name, place))
        self._ready()

    def _ready(self) -> None:
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        self.page.wait_for_function(IDLE, timeout=60_000)

    def _accept(self, dialog: Any) -> None:
        """Say yes to what Lab asks on a busy machine, and remember what that was."""
        self.dialogs.append(dialog.inner_text())
        print(f"JupyterLab asked: {self.dialogs[-1]}")  # noqa: T201 - seen when a test fails
        dialog.locator(".jp-mod-accept").click()

    def reload(self) -> None:
        """Load the page anew, as a reader who comes back."""
        self.page.reload()
        self._ready()

    def cell(self, number: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number: int) -> Any:
        return self.cell(number).locator(".jp-Cell-outputArea")

    def text(self, number: int) -> str:
        """Return the words that are to be seen below a cell."""
        area = self.output(number)
        return area.inner_text() if area.count() else ""

    def _prompt(self, number: int) -> str:
        return self.cell(number).locator(".jp-InputPrompt").inner_text().strip()

    def start(self, number: int) -> None:
        """Run a cell as a user does, again while the click went astray."""
        before = self._prompt(number)
        for _ in range(8):
            self.cell(number).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            with contextlib.suppress(TimeoutError):
                until(lambda: self._prompt(number) != before, "the prompt did not change", 2)
                return
        raise TimeoutError(f"cell {number} did not start")

    def wait(self, number: int, limit: float = 60) -> None:
        """Wait until a cell has run."""
        until(lambda: self._prompt(number)[1:-2].strip("* ").isdigit(), f"cell {number}", limit)

    def running(self, number: int) -> bool:
        """Say whether a cell runs."""
        return "*" in self._prompt(number)

    def run(self, number: int, limit: float = 60) -> None:
        self.start(number)
        self.wait(number, limit)

    def command(self, name: str) -> None:
        """Press a button of the notebook's toolbar."""
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-command="{name}"]').first.click()

    def stop(self) -> None:
        """Press the stop button."""
        self.command("notebook:interrupt-kernel")

    def save(self) -> dict:
        """Save the notebook, return what the file holds."""
        before = self.file.stat().st_mtime_ns
        self.command("docmanager:save")
        return until(lambda: self._saved_since(before), "the notebook was not saved")

    def _saved_since(self, before: int) -> dict | None:
        with contextlib.suppress(json.JSONDecodeError):  # half written
            if self.file.stat().st_mtime_ns != before:
                return json.loads(self.file.read_text())
        return None


def _notebook(cells: list[str]) -> dict:
    made = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """A Chromium beside a JupyterLab; each notebook gets a page of its own."""

    def __init__(self, server: Server, context: Any) -> None:
        self.server = server
        self._context = context

    @contextlib.contextmanager
    def notebook(self, name: str, *cells: str, place: str = LAB) -> Iterator[Notebook]:
        """Open a new notebook for the length of a `with` block."""
        file = self.server.notebooks / f"{name}.ipynb"
        file.write_text(json.dumps(_notebook(list(cells))))
        with self.tab(file, place) as notebook:
            yield notebook

    @contextlib.contextmanager
    def tab(self, file: Path, place: str = LAB) -> Iterator[Notebook]:
        """Open a notebook that there is, in a tab of its own, for the length of a `with` block."""
        page = self._context.new_page()
        try:
            yield Notebook(page, self.server, file, place)
        finally:
            page.close()


@contextlib.contextmanager
def browser(
    folder: Path, environment: dict[str, str], settings: dict | None = None, scale: float = 1
) -> Iterator[Browser]:
    """Run JupyterLab and Chromium for the length of a `with` block."""
    from playwright.sync_api import sync_playwright

    server = Server(folder, environment, settings or {})
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(HEADLESS))
            context = chromium.new_context(
                viewport={"width": 1200, "height": 900}, device_scale_factor=scale
            )
            yield Browser(server, context)
            chromium.close()
    finally:
        server.close()
