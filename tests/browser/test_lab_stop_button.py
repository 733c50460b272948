"""A button that stops a running answer, in JupyterLab."""

from __future__ import annotations

import pytest
from lab import until

from loopback import delta, serving

pytestmark = pytest.mark.browser

ASK = "%%chat openai-compatible:tiny\nTell me"


def endless(peer):
    """Send a word now and then until the other side has had enough."""
    peer.head()
    for number in range(2000):
        peer.chunk(delta(f"word{number} "))
        if peer.wait_closed(0.05):
            return


def test_the_button_ends_an_answer_as_the_interrupt_does_and_is_gone_then(lab):
    """What was said is kept, marked and counted; the next cell runs as if nothing had been."""
    settings = "config.made(config.settings_file().parent)\n"
    settings += "config.settings_file().write_text('stop_button = true')"
    with serving(endless) as server:
        begin = f"import os\nos.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'\n"
        begin += f"from nbprovider import config\n{settings}\n%load_ext nbprovider"
        with lab.notebook("stopping", begin, ASK, "config.settings_file().unlink()") as notebook:
            notebook.run(0)
            notebook.start(1)
            button = notebook.output(1).get_by_role("button", name="Stop")
            button.wait_for(timeout=30_000)
            button.click()
            notebook.wait(1, 15)
            until(lambda: "interrupted" in notebook.text(1), "no footer was seen")
            assert button.count() == 0
            said, error = notebook.save()["cells"][1]["outputs"]
            notebook.run(2)
            assert notebook.text(2) == ""
    assert "word3" in "".join(said["data"]["text/markdown"])
    assert error["ename"] == "KeyboardInterrupt"
