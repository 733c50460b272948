"""What a saved notebook shows where a form was: widgets end with their kernel.

A front end that finds no widget says so and no more, whatever else the same output holds; so the
words are an output of their own above the form, out of sight in JupyterLab while there is one.
"""

from __future__ import annotations

WORDS = "If there is no form below, run this cell again."

_ABOVE = ".jp-OutputArea-child:has(.nbprovider-gone)"
_BELOW = f"{_ABOVE} + .jp-OutputArea-child"

HTML = (
    f"<style>{_ABOVE}:has(+ .jp-OutputArea-child .nbprovider-form),"
    # "Error displaying widget": words without an element.
    f" {_BELOW} .jp-OutputArea-output.jupyter-widgets:not(:has(*)) {{ display: none; }}</style>"
    f'<p class="nbprovider-gone">{WORDS}</p>'
)


def say() -> None:
    """Put the words above what a cell shows next."""
    from IPython.display import publish_display_data

    publish_display_data({"text/plain": WORDS, "text/html": HTML})  # type: ignore[no-untyped-call]
