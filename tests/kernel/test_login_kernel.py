"""`%provider login` in a real kernel: the link, the way back, the stop button, nobody there."""

from __future__ import annotations

import re
import threading
import time

import pytest

from kernels import VERSIONS, kernel
from login_server import allowed, get, mock_table, provider_mock, query, written
from nbprovider import config

pytestmark = pytest.mark.kernel

LINK = re.compile(r"http://127\.0\.0\.1:\d+/oauth2/authorize\?[^\s>)']+")


@pytest.fixture(scope="module", params=VERSIONS)
def running(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    patch.setenv(config.HOME, str(home))
    with provider_mock() as url, patch.context():
        written("campus", mock_table(url))
        with kernel(request.param, NBPROVIDER_HOME=str(home)) as made:
            made.run("%load_ext nbprovider")
            yield made
    patch.undo()


def attended(running, line: str) -> str:
    """Begin a cell as a front end does in which somebody can type."""
    return running.client.execute(line, allow_stdin=True)


def link(running, name: str) -> str:
    """Return the link that a cell shows."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        message = running._next(until)
        if message["parent_header"].get("msg_id") == name:
            data = message["content"].get("data", {})
            if found := LINK.search(data.get("text/plain", "")):
                assert f"(<{found[0]}>)" in data["text/markdown"]
                return found[0]
    raise TimeoutError("no link")


def setting(running, word: str) -> None:
    running.run(f"""
import nbprovider.config as c
c.made(c.home().config)
c.settings_file().write_text('login = "{word}"')
""")


def test_where_nobody_can_be_asked_it_says_so_and_does_not_wait(running):
    ran = running.run("%provider login campus", timeout=30)
    assert ran.status == "error"
    assert ran.error["ename"] == "LoginFailed"
    assert "needs somebody" in "".join(ran.error["traceback"])


def test_the_browser_comes_back_and_the_link_goes(running):
    setting(running, "browser")
    name = attended(running, "%provider login campus")
    url = link(running, name)
    back = allowed(url)
    threading.Thread(target=get, args=(back,), daemon=True).start()
    ran = running.finish(name)
    assert ran.status == "ok"
    code = query(back)["code"]
    assert not any(code in str(message) for _, message in ran.messages)
    last = ran.of("display_data", "update_display_data")[-1]
    assert "Logged in to Campus as the account `campus`" in last["data"]["text/plain"]
    assert not LINK.search(str(last))


def test_the_stop_button_ends_it_in_one_line(running):
    setting(running, "browser")
    name = attended(running, "%provider login campus other")
    link(running, name)
    time.sleep(0.5)  # until the cell waits: the link is on screen a moment before
    running.interrupt()
    ran = running.finish(name)
    assert ran.error["ename"] == "KeyboardInterrupt"
    assert len(ran.error["traceback"]) == 1
    assert "nothing was kept" in ran.error["traceback"][0]
    assert not LINK.search(str(ran.of("update_display_data")[-1]))
    assert running.run("print(1 + 1)").text == "2\n"


def test_the_address_is_pasted_unseen(running):
    name = attended(running, "%provider login campus pasted paste")
    back = allowed(link(running, name))
    asked = running.client.get_stdin_msg(timeout=30)
    assert asked["content"]["password"] is True
    running.client.input(back)
    ran = running.finish(name)
    assert ran.status == "ok"
    code = query(back)["code"]
    assert not any(code in str(message) for _, message in ran.messages)
    assert "as the account `pasted`" in str(ran.of("update_display_data")[-1])


def test_what_makes_no_sense_is_told_in_one_line(running):
    name = attended(running, "%provider login campus garbage paste")
    link(running, name)
    running.client.get_stdin_msg(timeout=30)
    running.client.input("I do not know")
    ran = running.finish(name)
    assert ran.error["ename"] == "LoginFailed"
    assert "no address that a login leads back to" in "".join(ran.error["traceback"])


def test_a_denial_in_the_browser_is_told(running):
    name = attended(running, "%provider login campus denied paste")
    url = link(running, name)
    back = allowed(url, action="deny")
    running.client.get_stdin_msg(timeout=30)
    running.client.input(f"{back}&state={query(url)['state']}")
    ran = running.finish(name)
    assert "not allowed in the browser" in "".join(ran.error["traceback"])
    assert running.run("%provider logout denied").error["ename"] == "UsageError"


def test_a_login_of_claude_says_in_one_sentence_what_to_do(running):
    ran = running.run("%provider login claude")
    [line] = ran.error["traceback"]
    assert "%provider guide claude-cli" in line
    assert "%provider key anthropic" in line


def test_logging_out(running):
    ran = running.run("%provider logout campus")
    assert ran.status == "ok"
    assert "Logged out of campus" in str(ran.shown[-1]["data"])
