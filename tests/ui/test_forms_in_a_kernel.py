"""Forms in a real kernel, without a browser: comm messages in, comm messages out."""

from __future__ import annotations

import time

import pytest

from kernels import VERSIONS, kernel
from loopback import serving
from nbprovider import config
from nbprovider.ui import gone
from on_offer import Provider
from seeds import SEEDS, seen

pytestmark = pytest.mark.kernel

KEY = SEEDS["groq"]
VIEW = "application/vnd.jupyter.widget-view+json"


class Front:
    """A front end that knows the models of all widgets, and says what somebody does with them."""

    def __init__(self, running) -> None:
        self._running = running
        self.models: dict[str, dict] = {}
        self.heard: list[str] = []

    def run(self, code, *, attended=True):
        """Run a cell, return what it shows."""
        client = self._running.client
        name = client.execute(code, allow_stdin=attended)
        shown = []
        while True:
            message = self._next()
            content = message["content"]
            mine = message["parent_header"].get("msg_id") == name
            if mine and message["msg_type"] == "error":
                raise AssertionError(content)
            if mine and message["msg_type"] in ("display_data", "execute_result"):
                shown.append(content["data"])
            if mine and content.get("execution_state") == "idle":
                return shown

    def _next(self, limit=30):
        message = self._running.client.get_iopub_msg(timeout=limit)
        content = message["content"]
        self.heard.append(str(content))
        if message["msg_type"] == "comm_open":
            self.models[content["comm_id"]] = content["data"]["state"]
        elif message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self.models.setdefault(content["comm_id"], {}).update(content["data"]["state"])
        elif message["msg_type"] == "comm_close":
            self.models.pop(content["comm_id"], None)
        return message

    def find(self, kind, **state):
        """Return the id of the last widget of this kind with this state."""
        found = [
            name
            for name, model in self.models.items()
            if model.get("_model_name") == f"{kind}Model"
            and all(model.get(trait) == value for trait, value in state.items())
        ]
        return found[-1] if found else ""

    def send(self, widget, data):
        message = self._running.client.session.msg("comm_msg", {"comm_id": widget, "data": data})
        self._running.client.shell_channel.send(message)

    def write(self, widget, value):
        self.send(widget, {"method": "update", "state": {"value": value}, "buffer_paths": []})

    def press(self, label):
        widget = self.until(lambda: self.find("Button", description=label), label)
        self.send(widget, {"method": "custom", "content": {"event": "click"}})

    def words(self):
        """Return all HTML that there is."""
        return " ".join(
            m["value"] for m in self.models.values() if m.get("_model_name") == "HTMLModel"
        )

    def until(self, true, what, limit=30):
        end = time.monotonic() + limit
        while not (found := true()):
            assert time.monotonic() < end, f"{what}: {self.words()}"
            try:
                self._next(0.5)
            except Exception:  # noqa: BLE001 - nothing was said for a while
                continue
        return found


@pytest.fixture(scope="module", params=VERSIONS)
def running(request, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("home")
    patch.setenv(config.HOME, str(home))
    with kernel(request.param, NBPROVIDER_HOME=str(home)) as made:
        made.run("%load_ext nbprovider")
        yield made
    patch.undo()


def test_a_key_is_entered_tried_and_kept_and_the_kernel_never_says_it(running):
    """Row 24 of the rivals: a widget's value is echoed and saved."""
    with serving(Provider(KEY)) as server:
        front = Front(running)
        above, shown = front.run("%provider auth openai-compatible")
        assert above["text/plain"] == gone.WORDS
        assert shown[VIEW]["model_id"] in front.models
        assert "needs a notebook that somebody looks at" in shown["text/plain"]
        front.write(front.find("Text", description="Address"), f"{server.url}/v1")
        front.write(front.find("Password"), KEY)
        front.press("Test connection")
        front.until(lambda: "It works: tiny answered" in front.words(), "tried")
        front.press("Save")
        front.until(lambda: "Saved as openai-compatible" in front.words(), "saved")
        assert not seen("\n".join(front.heard))
        front.until(lambda: not front.find("Password"), "the field goes, and its state with it")
    held = running.run("import nbprovider\nprint(nbprovider.accounts.list()[0].holds)").text
    assert held == "key\n"


def test_while_a_provider_is_slow_the_kernel_goes_on_and_closing_ends_it(running):
    slow = Provider(slow=60)
    with serving(slow) as server:
        front = Front(running)
        made = f"""
        import nbprovider
        shown = nbprovider.forms.credentials("openai-compatible")
        shown.form.set("base_url", "{server.url}/v1")
        shown
        """
        front.run("\n".join(line.strip() for line in made.splitlines()))
        front.press("Test connection")
        front.press("Test connection")
        end = time.monotonic() + 20
        while not any(r["method"] == "POST" for r in server.requests):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert running.run("print(1 + 1)").text == "2\n"
        front.run("shown.close()")
        assert slow.left.wait(10)
        assert sum(r["method"] == "POST" for r in server.requests) == 1
        assert "This form is closed." in front.words()


@pytest.mark.parametrize("line", ["auth", "auth groq", "accounts"])
def test_where_nobody_looks_one_line_says_what_to_do_and_nothing_waits(running, line):
    (shown,) = Front(running).run(f"%provider {line}", attended=False)
    assert set(shown) == {"text/plain", "text/markdown"}
    assert "\n" not in shown["text/plain"]
    assert "`%provider " in shown["text/plain"]


def test_a_search_repaints_what_changed_and_does_not_send_back_what_was_typed(running):
    front = Front(running)
    front.run("%provider auth")
    box = front.find("Text", description="Find a provider")
    del front.heard[:]
    front.write(box, "gro")
    front.until(lambda: any("Groq" in h for h in front.heard), "the list")
    front.run("1")
    sent = [h for h in front.heard if "'method': 'update'" in h and box in h]
    assert sent == []
