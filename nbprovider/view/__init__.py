"""What is on screen, as data."""

from nbprovider.view.blocks import Blocks
from nbprovider.view.final import Final
from nbprovider.view.footer import Footer
from nbprovider.view.formats import FORMATS, Format
from nbprovider.view.markdown import folded, markdown
from nbprovider.view.note import Note
from nbprovider.view.pages import Pages
from nbprovider.view.table import Table
from nbprovider.view.view import Seam, Shown, View
from nbprovider.view.words import money, seconds, tokens

__all__ = [
    "FORMATS",
    "Blocks",
    "Final",
    "Footer",
    "Format",
    "Note",
    "Pages",
    "Seam",
    "Shown",
    "Table",
    "View",
    "folded",
    "markdown",
    "money",
    "seconds",
    "tokens",
]
