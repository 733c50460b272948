"""Forms as data: what is asked, what can be done, what is said. Nothing here paints."""

from nbprovider.ui.forms.form import Form
from nbprovider.ui.forms.parts import (
    Bar,
    Button,
    Buttons,
    Choice,
    Fold,
    Hidden,
    Link,
    Option,
    Page,
    Part,
    Row,
    Rows,
    Text,
    Tick,
    Tone,
    Words,
)

__all__ = [
    "Bar",
    "Button",
    "Buttons",
    "Choice",
    "Fold",
    "Form",
    "Hidden",
    "Link",
    "Option",
    "Page",
    "Part",
    "Row",
    "Rows",
    "Text",
    "Tick",
    "Tone",
    "Words",
]
