"""In JupyterLab itself: the ledger knows which notebook and which cell spent the money."""

from __future__ import annotations

import pytest
from lab import until

from loopback import answering, serving

pytestmark = pytest.mark.browser

LOAD = "%load_ext nbprovider\nimport nbprovider"
ASK = "answer = nbprovider.ask('hi', model='openai-compatible:tiny')"
COST = "rows = nbprovider.cost(['notebook', 'cell'])\nprint(rows.iloc[:, :2].to_dict('records'))"


def test_lab_tells_the_notebook_and_the_cell(lab):
    """What a cell cost is found by the id that the saved file gives it."""
    with serving(answering("fine")) as server:
        address = f"import os\nos.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'\n"
        with lab.notebook("spending", address + LOAD, ASK, COST) as notebook:
            for cell in range(3):
                notebook.run(cell)
            until(lambda: "spending.ipynb" in notebook.text(2), "no notebook was told")
            asked = notebook.save()["cells"][1]["id"]
            assert f"'cell': '{asked}'" in notebook.text(2)
