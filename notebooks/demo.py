"""Run quickstart.ipynb on the embedded model; print the answer and the cost table."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from nbprovider import embedded

HERE = Path(__file__).parent
OUT = HERE.parent / ".demo" / "quickstart.ipynb"


def install() -> None:
    """Fetch the model's weights unless they are here."""
    if not embedded.installed():
        print("Fetching a small model (93 MB, once) …", flush=True)
        embedded.install()


def executed() -> nbformat.NotebookNode:
    """Return the notebook, run in a real kernel."""
    notebook = nbformat.read(HERE / "quickstart.ipynb", as_version=4)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    OUT.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, OUT)
    return notebook


def tell(notebook: nbformat.NotebookNode) -> None:
    """Print each cell with what it showed."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        print(f"\n\033[2m{cell.source}\033[0m")
        for output in cell.outputs:
            print(output.get("text") or output.get("data", {}).get("text/plain", ""))


if __name__ == "__main__":
    install()
    tell(executed())
    jupyter = Path(sys.executable).with_name("jupyter").relative_to(Path.cwd())
    print(f"\nOpen it in JupyterLab:\n\n    {jupyter} lab {OUT.relative_to(Path.cwd())}\n")
