"""Paint any form with ipywidgets; nothing here knows what a form is about."""

from nbprovider.ui.widgets.painter import Painter

__all__ = ["Painter"]
