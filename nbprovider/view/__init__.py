"""What is on screen, as data."""

from nbprovider.view.blocks import Blocks
from nbprovider.view.footer import Footer
from nbprovider.view.markdown import folded, markdown
from nbprovider.view.table import Table
from nbprovider.view.view import Seam, Shown, View
from nbprovider.view.words import money, seconds, tokens

__all__ = [
    "Blocks",
    "Footer",
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
