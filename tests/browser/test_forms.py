"""Accounts by hand: the forms in JupyterLab, in a real Chromium, and what they leave behind."""

from __future__ import annotations

import contextlib
import json
import shutil

import nbformat
import pytest
from axe import violations
from hand import Hand
from lab import IDLE, until
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from login_server import allowed, mock_table, provider_mock, query, written
from loopback import nobody, serving
from nbprovider import config
from nbprovider.ui import gone
from on_offer import Provider
from seeds import SEEDS, seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

KEY, OTHER = SEEDS["groq"], SEEDS["openrouter"]
LOAD = "%load_ext nbprovider"
AUTH = f"{LOAD}\n%provider auth openai-compatible"
TABLE = f"{LOAD}\n%provider accounts"
FOCUSED = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText"


@pytest.fixture
def hand(lab):
    """Open notebooks; when the test is over no account is left."""
    with contextlib.ExitStack() as opened:
        yield lambda name, *cells: opened.enter_context(lab.notebook(name, *cells))
    shutil.rmtree(home(lab) / "data" / "vault", ignore_errors=True)


def home(lab):
    return lab.server.notebooks.parent / "home"


def restart(notebook):
    """Restart the kernel as a user does, and say yes to the question."""
    asked = len(notebook.dialogs)
    notebook.command("notebook:restart-kernel")

    def answered():
        notebook.page.locator(".jp-NotebookPanel-toolbar").hover()
        return len(notebook.dialogs) > asked

    until(answered, "nobody asked whether to restart")
    notebook.page.wait_for_function(IDLE)


def frames(page):
    """Keep every frame of every websocket that a page opens from now on."""
    kept = []

    def heard(data):
        kept.append(data)

    def opened(socket):
        for event in ("framesent", "framereceived"):
            socket.on(event, heard)

    page.on("websocket", opened)
    return kept


def holding(kept, key):
    told = (f if isinstance(f, bytes) else f.encode() for f in kept)
    return [f for f in told if key.encode() in f]


def test_a_key_is_entered_tried_and_kept_and_stays_in_nothing_that_is_saved(lab, hand):
    """Row 24 of the rivals: only the one frame that brings the key to the kernel holds it."""
    with serving(Provider(KEY)) as server:
        notebook = hand("enter", "1", AUTH, "%%chat -p openai-compatible\nHello")
        kept = frames(notebook.page)
        notebook.reload()  # so that its websocket is heard from the beginning
        notebook.run(1)
        form = Hand(notebook, 1)
        form.write("Address", f"{server.url}/v1")
        form.write("Key (optional)", KEY)
        form.sees("characters, not kept yet")
        assert form.area.get_by_label("Key (optional)").input_value() == ""
        form.press("Test connection")
        form.sees("It works: tiny answered in")
        form.press("Save")
        form.sees("Saved as openai-compatible")
        notebook.run(2)
        until(lambda: "ready" in notebook.text(2), "no answer by the account that was kept")
        saved = json.dumps(notebook.save())
        assert len(holding(kept, KEY)) == 1, "the frame that brings it"
        assert holding(kept, "not kept yet"), "frames are heard"
        assert not seen(saved)
        checkpoint = lab.server.notebooks / ".ipynb_checkpoints"
        assert not any(seen(path.read_bytes()) for path in checkpoint.glob("*"))
        made = nbformat.reads(saved, as_version=4)
        NotebookClient(made, timeout=60, allow_errors=True, store_widget_state=True).execute()
        assert not seen(nbformat.writes(made))


def test_a_wrong_key_a_dead_server_and_a_slow_one_are_told_and_can_be_left(hand):
    slow = Provider(slow=60)
    with serving(Provider(KEY)) as server, serving(slow) as late, nobody() as gone:
        notebook = hand("wrong", AUTH)
        notebook.run(0)
        form = Hand(notebook, 0)
        form.write("Address", f"{server.url}/v1")
        form.write("Key (optional)", OTHER)
        form.sees("not kept yet")
        form.press("Test connection")
        form.sees("Incorrect API key provided")
        form.write("Address", f"{gone}/v1")
        form.press("Test connection")
        until(lambda: "connect" in notebook.text(0).lower().split("addresses")[-1], "no words")
        form.write("Address", f"{late.url}/v1")
        form.press("Test connection")
        form.sees("Asking OpenAI-compatible server")
        until(lambda: any(r["method"] == "POST" for r in late.requests), "it was not asked")
        form.press("Stop")
        form.sees("Stopped; nothing was kept.")
        assert slow.left.wait(10)


def test_a_form_answers_while_a_cell_runs(hand):
    """What is written, chosen, ticked and pressed is heard by a thread of its own (ipykernel 7)."""
    with serving(Provider(KEY)) as server:
        notebook = hand("busy", AUTH, "import time\ntime.sleep(40)")
        notebook.run(0)
        form = Hand(notebook, 0)
        form.sees("Test connection")
        notebook.start(1)
        form.write("Address", f"{server.url}/v1")
        form.write("Key (optional)", KEY)
        form.sees("not kept yet")
        form.press("Test connection")
        form.sees("It works: tiny answered in")
        assert notebook.running(1), "the cell still runs"
        notebook.stop()


def test_a_key_is_pasted_and_saved_by_the_keyboard_alone(hand):
    notebook = hand("keyboard", AUTH.replace("openai-compatible", "groq"))
    notebook.run(0)
    form = Hand(notebook, 0)
    keyboard = notebook.page.keyboard
    form.area.get_by_label("Key", exact=True).focus()
    keyboard.insert_text(KEY)
    passed = [""]
    while passed[-1] != "Save":
        keyboard.press("Tab")
        passed.append(notebook.page.evaluate(FOCUSED))
        assert len(passed) < 9, passed
    assert passed[1:] == [
        "Account's name",
        "Model",
        "▸ Addresses and parts of them",
        "Test connection",
        "Save",
    ]
    form.sees("not kept yet")
    keyboard.press("Enter")
    form.sees("Saved as groq")


def test_accounts_are_changed_and_restored_also_after_a_restart_and_by_two_notebooks(lab, hand):
    with serving(Provider(KEY, ("tiny", "small"))) as server:
        more = f"open('key').read(), name='lab', base_url='{server.url}/v1'"
        add = f"import nbprovider\nnbprovider.accounts.add('openai-compatible', {more})"
        (lab.server.notebooks / "key").write_text(KEY)
        notebook = hand("table", add, TABLE)
        notebook.run(0)
        (lab.server.notebooks / "key").unlink()
        notebook.run(1)
        form = Hand(notebook, 1)
        form.sees("not used yet")
        form.press("Test")
        form.sees("lab: It works: tiny answered")
        form.press("Edit")
        form.sees("Change the account lab")
        form.write("Model", "small")
        form.write("Account's name", "den")
        form.press("Save")
        form.sees("Saved as den")
        second = hand("table2", TABLE)
        second.run(0)
        other = Hand(second, 0)
        other.sees("den")
        other.press("Remove")
        other.sees("den is removed")
        form.press("Edit")
        form.sees("was removed")
        form.press("Look again")
        form.sees("Removed (1)")
        restart(notebook)
        notebook.run(1)
        form.sees("Removed (1)")
        form.press("▸ Removed (1)")
        form.press("Restore")
        form.sees("den is back.")
        form.press("Test")
        form.sees("den: It works: small answered")
        assert not seen(json.dumps(notebook.save()))


def test_one_notebook_in_two_tabs_has_one_form_and_only_the_typing_tab_ever_has_the_key(lab, hand):
    """What is done in one tab is seen in the other; the key goes nowhere but to the kernel."""
    with serving(Provider(KEY)) as server:
        notebook = hand("tabs", AUTH)
        kept = frames(notebook.page)
        notebook.reload()
        notebook.run(0)
        here = Hand(notebook, 0)
        here.sees("Test connection")
        notebook.save()
        with lab.tab(notebook.file) as second:
            there = Hand(second, 0)
            there.sees("Test connection")
            there.write("Address", f"{server.url}/v1")
            there.write("Key (optional)", KEY)
            there.sees("characters, not kept yet")
            here.sees("characters, not kept yet")
            assert here.area.get_by_label("Address").input_value() == f"{server.url}/v1"
            here.press("Save")
            there.sees("Saved as openai-compatible")
        assert holding(kept, "not kept yet"), "frames are heard"
        assert not holding(kept, KEY)


def test_a_form_whose_kernel_is_gone_leaves_what_to_do_in_its_place(hand):
    """The words are out of sight while the form is there; Lab's own would say nothing of use."""
    notebook = hand("gone", f"{LOAD}\n%provider auth groq")
    notebook.run(0)
    Hand(notebook, 0).sees("Test connection")
    assert gone.WORDS not in notebook.text(0)
    saved = notebook.save()
    restart(notebook)
    notebook.reload()
    Hand(notebook, 0).sees(gone.WORDS)
    notebook.page.wait_for_timeout(500)
    assert "model not found" not in notebook.text(0)
    page, _ = HTMLExporter().from_notebook_node(nbformat.reads(json.dumps(saved), 4))
    assert f">{gone.WORDS}</p>" in page
    assert "<code>%provider key groq</code> enters a key" in page


def test_signing_in_is_done_by_a_link_and_the_pasted_address(lab, hand):
    with provider_mock() as url:
        written("campus", mock_table(url))
        ours = config.home().config / "providers"
        shutil.copytree(ours, home(lab) / "config" / "providers")
        notebook = hand("signing", f"{LOAD}\n%provider auth campus")
        notebook.run(0)
        form = Hand(notebook, 0)
        form.press("Sign in to Campus")
        link = form.area.get_by_role("link", name="Open the page to sign in")
        link.wait_for()
        assert link.get_attribute("rel") == "noopener noreferrer"
        back = allowed(link.get_attribute("href"))
        form.write("3. The address", back)
        form.sees("Logged in as campus")
        assert query(back)["code"] not in json.dumps(notebook.save())


def test_a_form_has_no_serious_fault_of_accessibility(hand):
    """Labels are bound to their inputs, buttons have names, colours differ enough."""
    add = "import nbprovider\nnbprovider.accounts.add('groq', 'gsk_1234567890abcd', name='work')"
    lines = ("%provider auth", "%provider auth openrouter", "%provider accounts")
    notebook = hand("axe", f"{LOAD}\n{add}", *lines)
    notebook.run(0)
    for number, words in enumerate(("Add an account", "OpenRouter", "work"), 1):
        notebook.run(number)
        form = Hand(notebook, number)
        form.sees(words)
        for fold in form.area.locator(".nbp-fold").all():
            fold.click()
    assert violations(notebook.page, ".nbprovider-form") == []
    notebook.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=p><input></p>')")
    assert violations(notebook.page, "#p"), "it would have found one"
