"""The forms of an answer in a real kernel: what stays in the cell, is bound, comes below."""

from __future__ import annotations

import base64
import json

import pytest

from kernels import kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel

PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Erk"
        "Jggg=="
    )
).decode()

CODE = "Take this:\n\n```python\nx = 40 + 2\nprint(x)\n```\n\nIt adds."


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with kernel(NBPROVIDER_HOME=str(tmp_path_factory.mktemp("home"))) as made:
        made.run("%load_ext nbprovider\nimport os, nbprovider")
        yield made


def ask(running, script, line, magic="%%chat"):
    with serving(script) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        cell = "\nWhich?" if magic == "%%chat" else " Which?"
        return running.run(f"{magic} -m openai-compatible:tiny --new {line}{cell}")


def below(ran):
    """Return what the kernel asks the front end to put into new cells."""
    payload = [one for one in ran.payload if one["source"] == "set_next_input"]
    assert all(one["replace"] is False for one in payload)
    return [one["text"] for one in payload]


def kinds(ran):
    return [set(output["data"]) for output in ran.shown]


@pytest.mark.parametrize("magic", ["%%chat", "%chat"])
def test_code_goes_into_a_cell_below_and_is_not_run(running, magic):
    running.run("x = 'untouched'")
    ran = ask(running, answering(CODE), "-f code", magic)
    assert below(ran) == ["x = 40 + 2\nprint(x)"]
    assert running.run("print(x)").text == "untouched\n"
    assert "```python\nx = 40 + 2" in ran.shown[-1]["data"]["text/markdown"]


def test_code_that_is_bound_needs_no_cell(running):
    ran = ask(running, answering(CODE), "-f code -o code")
    assert below(ran) == []
    assert running.run("print(code)").text == "x = 40 + 2\nprint(x)\n"


@pytest.mark.parametrize("form", ["markdown", "json", "html"])
def test_other_forms_make_no_cell(running, form):
    assert below(ask(running, answering('```json\n{"a": 1}\n```'), f"-f {form}")) == []


def test_bash_gets_its_magic(running):
    ran = ask(running, answering("```bash\nls\n```"), "-f code")
    assert below(ran) == ["%%bash\nls"]


def test_half_a_program_is_shown_but_not_put_below(running):
    def script(peer):
        peer.head()
        peer.chunk(delta("```python\nx = ") + ending("length"))
        peer.end()

    ran = ask(running, script, "-f code")
    assert below(ran) == []
    assert "x =" in ran.shown[-1]["data"]["text/markdown"]
    assert "cut off" in ran.shown[-1]["data"]["text/plain"]


@pytest.mark.parametrize("magic", ["%%chat", "%chat"])
def test_a_page_is_one_output_in_a_frame(running, magic):
    ran = ask(running, answering("<h1>Hi</h1>", "<p>you</p>", pause=0.3), "-f html -o page", magic)
    assert kinds(ran)[-1] == {"text/plain", "text/html"}
    told = ran.shown[-1]["data"]
    assert 'sandbox=""' in told["text/html"]
    assert told["text/plain"].startswith("Hi\nyou\n\ntiny")
    assert running.run("print(page)").text == "<h1>Hi</h1><p>you</p>\n"
    growing = [
        m["content"]["data"].get("text/markdown", "")
        for _, m in ran.messages
        if "data" in m["content"]
    ]
    assert not any(text.lstrip().startswith("<h1>") for text in growing), "a page outside its frame"


def test_a_formula_is_typeset_and_bound_as_latex(running):
    ran = ask(running, answering(r"$$\frac{a}{b}$$"), "-f math -o ratio")
    assert "$$\n\\frac{a}{b}\n$$" in ran.shown[-1]["data"]["text/markdown"]
    assert running.run("print(ratio)").text == "\\frac{a}{b}\n"


def drawing(peer):
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    choice = {"index": 0, "delta": {"content": "A dot.", "images": [image]}, "finish_reason": None}
    peer.head()
    peer.chunk(f"data: {json.dumps({'id': 'r1', 'model': 'tiny', 'choices': [choice]})}\n\n")
    peer.chunk(ending())
    peer.end()


@pytest.mark.parametrize("magic", ["%%chat", "%chat"])
def test_a_picture_is_kept_as_png_with_words_and_footer_below(running, magic):
    ran = ask(running, drawing, "-f image -o picture", magic)
    assert kinds(ran)[-2:] == [{"image/png", "text/plain"}, {"text/plain", "text/markdown"}]
    assert ran.shown[-2]["data"]["image/png"] == PNG
    assert "A dot." in ran.shown[-1]["data"]["text/markdown"]
    assert running.run("print(picture.size)").text == "(1, 1)\n"


def test_an_answer_without_a_picture_is_told(running):
    ran = ask(running, answering("I cannot draw."), "-f image -o nothing")
    assert ran.error["ename"] == "BadAnswer"
    assert "cannot draw" in str(ran.shown)
