"""Forms in Notebook 7, in a real Chromium."""

from __future__ import annotations

import pytest
from hand import Hand
from lab import NOTEBOOK_7

from loopback import serving
from nbprovider.ui import gone
from on_offer import Provider
from seeds import SEEDS

pytestmark = pytest.mark.browser

KEY = SEEDS["groq"]


def test_a_form_works_in_notebook_7_as_in_lab_also_while_a_cell_runs(lab):
    pytest.importorskip("notebook")
    cells = "%load_ext nbprovider\n%provider auth openai-compatible", "import time\ntime.sleep(40)"
    with serving(Provider(KEY)) as server, lab.notebook("seven", *cells, place=NOTEBOOK_7) as seven:
        seven.run(0)
        form = Hand(seven, 0)
        form.sees("Test connection")
        assert gone.WORDS not in seven.text(0)
        seven.start(1)
        form.write("Address", f"{server.url}/v1")
        form.write("Key (optional)", KEY)
        form.sees("characters, not kept yet")
        form.press("Test connection")
        form.sees("It works: tiny answered in")
        assert seven.running(1), "the cell still runs"
        seven.stop()
