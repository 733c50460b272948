"""Run quickstart.ipynb on the embedded model; print what each cell showed."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

from nbprovider import embedded

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / ".demo" / "quickstart.ipynb"


class ThisPython(AsyncKernelManager):
    """A kernel of this very Python, whatever kernels are registered on the machine."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How to start it."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        command.append("--log-level=ERROR")  # it warns of plain TCP, which stays on this machine
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def install() -> None:
    """Fetch the model's weights unless they are here."""
    if not embedded.installed():
        print("Fetching a small model (93 MB, once) …", flush=True)
        embedded.install()


def executed() -> nbformat.NotebookNode:
    """Return the notebook, run in a real kernel, and keep it at OUT."""
    notebook = nbformat.read(HERE / "quickstart.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, kernel_manager_class=ThisPython).execute()
    OUT.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, OUT)
    return notebook


def tell(notebook: nbformat.NotebookNode) -> None:
    """Print each cell's code, and below it what it showed."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            lines = [_source(line) for line in cell.source.splitlines()]
            print("\n".join(["", *lines, *filter(None, map(_shown, cell.outputs))]))


def _source(line: str) -> str:
    """Return a line of code behind a mark, dim where the terminal can."""
    return f"\033[2m│ {line}\033[0m" if sys.stdout.isatty() else f"│ {line}"


def _shown(output: nbformat.NotebookNode) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain", "")).strip("\n")


def command() -> str:
    """Return the command that opens the executed copy in JupyterLab."""
    jupyter = Path(sys.executable).with_name("jupyter")
    return shlex.join([_short(jupyter), "lab", _short(OUT)])


def _short(path: Path) -> str:
    """Return the path from here where it lies below, else as it is."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def main() -> None:
    """Install, run, tell."""
    install()
    tell(executed())
    print(f"\nOpen it in JupyterLab:\n\n    {command()}\n")


if __name__ == "__main__":
    main()
