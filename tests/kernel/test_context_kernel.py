"""`--context` and values in a real kernel: which cells are sent, and what the footer says of it."""

from __future__ import annotations

import base64
import os
import re
import time

import nbformat
import pytest
from nbformat import v4

from kernels import VERSIONS, Ran, kernel
from loopback import answering, serving

pytestmark = pytest.mark.kernel

KEY = "sk-seeded0123456789abcdefghijklmnop"
ASK = "%%chat gpt-6-luna --new --context above:2"


class Place:
    """A kernel, its saved notebook, and the provider that it asks."""

    def __init__(self, running, server, path):
        self.running, self.server, self.path = running, server, path

    def run(self, code: str, cell: str = "") -> Ran:
        return self.running.finish(self.start(code, cell))

    def start(self, code: str, cell: str) -> str:
        """Run code as JupyterLab does: with the cell's id beside it."""
        client = self.running.client
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = client.session.msg("execute_request", content)
        message["metadata"] = {"cellId": cell} if cell else {}
        client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def save(self, *cells: tuple[str, str], age: float = 0) -> None:
        """Save a notebook of cells by id and source."""
        made = [v4.new_code_cell(source, id=name) for name, source in cells]
        nbformat.write(v4.new_notebook(cells=made), self.path)
        at = time.time() - age
        os.utime(self.path, (at, at))

    def sent(self) -> str:
        """Return the words of the last message that was sent."""
        content = self.server.requests[-1]["body"]["messages"][-1]["content"]
        return content if isinstance(content, str) else "".join(p.get("text", "") for p in content)


def footer(ran: Ran) -> str:
    assert ran.status == "ok", ran.messages
    return ran.shown[-1]["data"]["text/plain"].splitlines()[-1]


@pytest.fixture(scope="module", params=VERSIONS)
def place(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    path = home / "thesis.ipynb"
    variables = {"NBPROVIDER_HOME": str(home), "OPENAI_API_KEY": KEY, "JPY_SESSION_NAME": str(path)}
    with serving(answering("fine")) as server, kernel(request.param, **variables) as running:
        running.run(f"import os; os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        running.run("%load_ext nbprovider")
        yield Place(running, server, path)


def test_the_cells_above_are_read_from_the_saved_notebook(place):
    place.save(
        ("a", "first = 1"),
        ("b", "second = 2"),
        ("c", "%%chat\nan earlier question"),
        ("d", "third = 3"),
        ("e", ""),
        ("f", f"{ASK}\nwhat?"),
        ("g", "below = 4"),
    )
    ran = place.run(f"{ASK}\nwhat?", "f")
    words = place.sent()
    assert words.index("second = 2") < words.index("third = 3") < words.index("what?")
    assert "first" not in words
    assert "below" not in words
    assert "earlier question" not in words
    assert "context: 2 cells above, as thesis.ipynb was saved at" in footer(ran)


def test_a_cell_that_was_run_since_is_taken_as_it_was_run(place):
    place.save(("a", "x = 1"), ("b", "old"), ("f", f"{ASK}\nwhat?"), age=60)
    place.run("new = 'here'\nnew", "b")
    ran = place.run(f"{ASK}\nwhat?", "f")
    words = place.sent()
    assert "new = 'here'" in words
    assert "```text\nhere\n```" in words
    assert "old" not in words
    assert "1 of them as run since" in footer(ran)


def test_a_cell_without_an_id_is_found_by_its_text_where_only_one_has_it(place):
    place.save(("a", "alone = 1"), ("f", f"{ASK}\nby its text?"))
    ran = place.run(f"{ASK}\nby its text?", "W2sZmlsZQ==")
    assert "alone = 1" in place.sent()
    assert "context: 1 cell above" in footer(ran)


def test_a_question_newer_than_the_file_takes_what_was_run_and_says_so(place):
    place.save(("a", "saved = 1"))
    place.run("ran_one = 1", "p")
    place.run("ran_two = 2\nran_two", "q")
    ran = place.run(f"{ASK}\nwhat?", "never-saved")
    words = place.sent()
    assert "ran_one = 1" in words
    assert "ran_two" in words
    assert "saved = 1" not in words
    told = "context: 2 cells run last in this kernel, as thesis.ipynb was saved without this cell"
    assert told in footer(ran)


def test_the_same_cells_are_the_same_question_whenever_they_are_sent(place):
    """A recording is found by what was asked: it holds no time and no number of a cell."""
    for age in (0, 7200):
        place.save(("a", "alone = 1"), ("f", f"{ASK}\nwhat?"), age=age)
        place.run("alone = 1", "a")
        place.run(f"{ASK}\nwhat?", "f")
    first, second = (r["body"]["messages"] for r in place.server.requests[-2:])
    assert first == second


def test_a_broken_or_missing_file_is_told_too(place):
    place.path.write_text("{")
    assert "as thesis.ipynb cannot be read" in footer(place.run(f"{ASK}\nwhat?", "f"))
    place.path.unlink()
    assert "whose notebook is not known" in footer(place.run(f"{ASK}\nwhat?", "f"))


def test_what_was_run_last_can_be_asked_for(place):
    place.save(("a", "x"), ("f", "y"))
    place.run("only_this = 5", "z")
    ran = place.run("%%chat gpt-6-luna --new --context run:1\nwhat?", "f")
    assert "only_this = 5" in place.sent()
    assert "context: 1 cell run last in this kernel" in footer(ran)


def test_a_file_of_another_day_is_told_with_its_day(place):
    place.save(("a", "x"), ("f", f"{ASK}\nwhat?"), age=3 * 86_400)
    assert re.search(
        r"saved on \d{4}-\d\d-\d\d at \d\d:\d\d", footer(place.run(f"{ASK}\nwhat?", "f"))
    )


def test_figures_are_completed_behind_the_option(place):
    place.run("from PIL import Image; photograph = Image.new('L', (1, 1)); phone = 3")
    place.running.client.complete("%%chat -i pho", 13)
    reply = place.running.client.get_shell_msg(timeout=30)
    assert [one for one in reply["content"]["matches"] if one.startswith("pho")] == ["photograph"]


def test_keys_in_earlier_cells_are_taken_out(place):
    place.save(("a", f"key = '{KEY}'"), ("f", f"{ASK}\nwhat?"))
    place.run(f"{ASK}\nwhat?", "f")
    assert "key = 'sk-" in place.sent()
    assert "seeded0123456789" not in str(place.server.requests[-1]["body"])


@pytest.mark.parametrize("where", ["above:0", "below:2", "above:x", "above:-1", "3"])
def test_another_place_is_a_mistake_that_is_told(place, where):
    before = len(place.server.requests)
    ran = place.run(f"%%chat gpt-6-luna --context {where}\nwhat?")
    assert "--context cannot be" in str(ran.error["traceback"])
    assert len(place.server.requests) == before


def test_everything_at_once_can_be_looked_at_before(place):
    place.save(("a", "above_it = 1"), ("f", "asks"))
    place.run("from PIL import Image; photo = Image.new('RGB', (3, 2), 'red')")
    before = len(place.server.requests)
    line = "%%chat gpt-6-luna --new -i photo --context above:1 --show-prompt"
    ran = place.run(f"{line}\nIs {{{{ 1 + 1 }}}} even?", "f")
    assert len(place.server.requests) == before
    markdown = ran.shown[-1]["data"]["text/markdown"]
    assert "above_it = 1" in markdown
    assert "Is 2 even?" in markdown
    assert "data:image/png;base64," in markdown
    assert "≈1,00" in markdown


def test_figures_of_the_notebook_are_sent_as_pictures_between_the_words(place):
    place.run("from matplotlib.figure import Figure; fig = Figure(); fig.subplots().plot([1, 2])")
    place.run("import altair as alt; chart = alt.Chart(alt.Data(values=[{'a': 1}])).mark_point()")
    ran = place.run("%%chat gpt-6-luna --new\nCompare {{ fig }} with {{ chart }}, please.")
    assert ran.status == "ok", ran.messages
    content = place.server.requests[-1]["body"]["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "text", "image_url", "text"]
    url = content[1]["image_url"]["url"]
    assert base64.b64decode(url.partition(",")[2]).startswith(b"\x89PNG")


def test_to_look_changes_nothing_in_the_chat(place):
    place.run("%%chat gpt-6-luna -c looked -s 'Be kind.'\nremember me")
    line = "%%chat -c looked -m gpt-6.1-sol --new -s 'Be rude.' --show-prompt\nwhat?"
    shown = str(place.run(line).shown)
    assert "Be rude." in shown
    assert "remember me" not in shown
    shown = str(place.run("%%chat -c looked --show-prompt\nwhat?").shown)
    assert "remember me" in shown
    assert "Be kind." in shown
    assert "openai:gpt-6-luna" in shown


BRACES = "print({'foo': f'{x!r}'}) \\frac{1}{2} {\"a\": {\"b\": [1]}} ${HOME} $$ %d %%"


@pytest.mark.parametrize("line", ["%%chat gpt-6-luna --new\n", "%chat -m gpt-6-luna --new "])
def test_braces_of_the_users_reach_the_model_as_they_stand(place, line):
    """Row 1 of the rivals: a prompt with braces raises in jupyter-ai."""
    place.run("odd = {'{': '}}'}")
    assert place.run(f"{line}{BRACES}").status == "ok"
    assert place.sent() == BRACES
    place.run(f"{line}{BRACES} {{{{ odd }}}}")
    assert place.sent() == f"{BRACES} {{'{{': '}}}}'}}"


def test_braces_in_cells_above_and_in_a_cell_to_be_fixed_are_no_expressions(place):
    """Row 1 of the rivals, where it is code that is sent."""
    source = "text = f'{{nothing}} {1}' + '{{ nmae }}' + 1"
    place.save(("a", source), ("f", f"{ASK}\nwhat?"))
    assert place.run(f"{ASK}\nwhat?", "f").status == "ok"
    assert source in place.sent()
    place.run(source)
    assert place.run("%fix -m gpt-6-luna").status == "ok"
    assert source in place.sent()


def test_the_footer_says_it_of_an_answer_in_the_background_too(place):
    place.save(("a", "above_it = 1"), ("f", "%%chat -c bg"))
    ask = "%%chat gpt-6-luna -c aside --bg -o later --context above:1\nwhat?"
    place.running.wait_for(place.start(ask, "f"), "context: 1 cell above")
    assert place.run("print(later.result().text)").text == "fine\n"
