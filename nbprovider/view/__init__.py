"""What is on screen, as data."""

from nbprovider.view.blocks import Blocks, closed, steady
from nbprovider.view.columns import Column, Columns
from nbprovider.view.final import Bundle, Final
from nbprovider.view.footer import Footer
from nbprovider.view.formats import FORMATS, Format
from nbprovider.view.guide import GuidePage
from nbprovider.view.legible import escaped, legible
from nbprovider.view.markdown import folded, markdown, settled, small
from nbprovider.view.note import Note
from nbprovider.view.pages import Pages
from nbprovider.view.plain import plain
from nbprovider.view.table import Table
from nbprovider.view.tool_run import ToolRun, code
from nbprovider.view.view import Seam, Shown, View
from nbprovider.view.words import bar, money, seconds, tokens

__all__ = [
    "FORMATS",
    "Blocks",
    "Bundle",
    "Column",
    "Columns",
    "Final",
    "Footer",
    "Format",
    "GuidePage",
    "Note",
    "Pages",
    "Seam",
    "Shown",
    "Table",
    "ToolRun",
    "View",
    "bar",
    "closed",
    "code",
    "escaped",
    "folded",
    "legible",
    "markdown",
    "money",
    "plain",
    "seconds",
    "settled",
    "small",
    "steady",
    "tokens",
]
