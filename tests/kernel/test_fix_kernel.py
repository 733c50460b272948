"""`%fix` and `%explain` in a real kernel: what is sent, what is shown first, the cell put below."""

from __future__ import annotations

import pytest

from kernels import VERSIONS, kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel

KEY = "sk-seeded0123456789abcdefghijklmnop"

ANSWER = (
    "The column is called `mass`.\n\n",
    "```python\ndf['mass'].mean()\n```\n",
)

BROKEN = """import pandas as pd
df = pd.DataFrame({'mass': [1.5, 271828]})
def mean(frame, column):
    return frame[column].mean()"""


@pytest.fixture(scope="module", params=VERSIONS)
def running(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with kernel(request.param, NBPROVIDER_HOME=str(home), OPENAI_API_KEY=KEY) as made:
        made.run("%load_ext nbprovider\nimport os")
        made.run(BROKEN)
        yield made


def ask(running, line, script=None):
    with serving(script or answering(*ANSWER)) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        return running.run(line), server.requests


def sent(requests):
    """Return the words of the last message that was sent."""
    content = requests[-1]["body"]["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(p["text"] for p in content)


def put_below(ran):
    return [(p["text"], p["replace"]) for p in ran.payload if p["source"] == "set_next_input"]


def test_the_last_error_is_explained_and_the_corrected_cell_put_below(running):
    assert running.run("mean(df, 'mas')").status == "error"
    ran, requests = ask(running, "%fix -m gpt-6-luna keep it short?")
    assert ran.status == "ok", ran.messages
    assert put_below(ran) == [("df['mass'].mean()", False)]
    words = sent(requests)
    assert "keep it short?" in words
    assert "```python\nmean(df, 'mas')\n```" in words
    assert "KeyError: 'mas'" in words
    assert "def mean(frame, column):" in words
    assert "DataFrame, 2 rows, columns: mass (float64)" in words
    assert "271828" not in words
    shown, answer = (content["data"] for content in ran.shown)
    assert "<summary>KeyError in cell In[" in shown["text/markdown"]
    assert "DataFrame, 2 rows" in shown["text/markdown"]
    assert "called `mass`" in answer["text/markdown"]
    assert running.run("print('df' in dir())").text == "True\n"


def test_errors_of_ours_and_interrupts_are_not_the_last_error(running):
    running.run("1 / 0")
    assert running.run("%%chat -t warm\nhi").status == "error"
    assert running.run("raise KeyboardInterrupt").status == "error"
    _, requests = ask(running, "%fix -m gpt-6-luna")
    assert "ZeroDivisionError" in sent(requests)


def test_an_error_of_ours_in_a_cell_of_python_is_the_last_error(running):
    running.run("import nbprovider\nnbprovider.ask('hi', temprature=1)")
    _, requests = ask(running, "%fix -m gpt-6-luna")
    assert "UsageError" in sent(requests)
    assert "temprature=1" in sent(requests)


def test_a_syntax_error_is_fixed_too(running):
    running.run("total = = 3")
    ran, requests = ask(running, "%fix -m gpt-6-luna")
    assert "total = = 3\n```" in sent(requests)
    assert "SyntaxError" in sent(requests)
    assert put_below(ran)


def test_secrets_are_neither_sent_nor_shown(running):
    running.run(f"secret = '{KEY}'\nraise ValueError(secret)")
    ran, requests = ask(running, "%fix -m gpt-6-luna")
    assert "ValueError" in sent(requests)
    assert "seeded0123456789" not in sent(requests)
    assert "seeded0123456789" not in str(ran.messages)
    mended = answering("```python\nsecret = 'sk-…[redacted]'\n```")
    ran, _ = ask(running, "%fix -m gpt-6-luna", mended)
    assert put_below(ran)
    assert "A key was taken out" in str(ran.shown)


def cut_off(peer):
    peer.head()
    peer.chunk(delta("```python\nhalf\n```"))
    peer.chunk(ending("length"))
    peer.end()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (answering("Nothing to be done."), "the answer holds no code"),
        (answering("```python\n1 / 0\n```"), "the code is the same"),
        (answering("```sh\npip install x\n```"), "the answer holds no code"),
        (cut_off, "cut off at the token limit"),
    ],
)
def test_without_a_whole_new_cell_nothing_is_put_below(running, script, why):
    running.run("1 / 0")
    ran, _ = ask(running, "%fix -m gpt-6-luna", script)
    assert ran.status == "ok"
    assert put_below(ran) == []
    assert why in str(ran.shown)


def test_an_interrupted_fix_puts_nothing_below(running):
    running.run("1 / 0")

    def slow(peer):
        peer.head()
        peer.chunk(delta("```python\nhalf"))
        peer.wait_closed()

    with serving(slow) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        name = running.start("%fix -m gpt-6-luna")
        running.wait_for(name, "half")
        running.interrupt()
        ran = running.finish(name)
    assert ran.status == "error"
    assert put_below(ran) == []
    assert running.run("print(1)").text == "1\n"


def test_what_would_be_sent_can_be_looked_at(running):
    running.run("1 / 0")
    ran, requests = ask(running, "%fix -m gpt-6-luna --show-prompt")
    assert requests == []
    assert "ZeroDivisionError" in str(ran.shown)
    assert "Nothing was sent" in str(ran.shown)


def test_the_last_error_is_a_value_of_questions(running):
    running.run("int('x1')")
    _, requests = ask(running, "%%chat gpt-6-luna\nWhy? {{ Err }}")
    assert "ValueError: invalid literal for int() with base 10: 'x1'" in sent(requests)
    assert 'File "cell In[' in sent(requests)
    running.run("Err = 5")
    _, requests = ask(running, "%%chat gpt-6-luna\nWhy? {{ Err }}")
    assert sent(requests) == "Why? 5"
    running.run("del Err")


def test_inputs_and_outputs_are_values_of_questions(running):
    running.run("6 * 7")
    number = running.run("print(len(In) - 1)").text.strip()
    line = f"%%chat gpt-6-luna\n{{{{ In[{int(number) - 1}] }}}} = {{{{ Out[{int(number) - 1}] }}}}"
    _, requests = ask(running, line)
    assert sent(requests) == "6 * 7 = 42"


def test_a_cell_an_error_and_a_value_are_explained(running):
    running.run("x = [n ** 2 for n in range(3)]")
    number = int(running.run("print(len(In) - 1)").text) - 1
    ran, requests = ask(running, f"%explain -m gpt-6-luna {number} why squares?")
    assert "x = [n ** 2 for n in range(3)]" in sent(requests)
    assert "why squares?" in sent(requests)
    assert put_below(ran) == []
    _, requests = ask(running, "%explain -m gpt-6-luna df")
    assert "271828" in sent(requests)
    _, requests = ask(running, "%explain -m gpt-6-luna {{ mean }}")
    assert "def mean(frame, column):" in sent(requests)
    running.run("1 / 0")
    _, requests = ask(running, "%explain -m gpt-6-luna error")
    assert "ZeroDivisionError" in sent(requests)
    _, requests = ask(running, "%%explain -m gpt-6-luna in one line\nimport os; os.abort()")
    assert "```python\nimport os; os.abort()\n```" in sent(requests)
    assert "in one line" in sent(requests)


def test_without_a_word_it_is_the_last_cell_or_its_error(running):
    with serving(answering("well")) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        running.run("y = 3")
        running.run("%explain -m gpt-6-luna")
        assert "```python\ny = 3\n```" in sent(server.requests)
        running.run("{}['k']")
        running.run("%explain -m gpt-6-luna")
        assert "KeyError: 'k'" in sent(server.requests)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%explain 999999", "no cell In[999999]"),
        ("%explain nmae", "no 'nmae' in this notebook"),
        ("%fix --image x", "no option --image"),
        ("%fix -t 7 x", "temperature must be"),
        ("%%explain\n  ", "no code to explain"),
    ],
)
def test_a_mistake_is_told_before_anything_is_sent(running, line, words):
    running.run("1 / 0")
    ran, requests = ask(running, line)
    assert requests == []
    assert words in str(ran.error["traceback"])
    assert len(ran.error["traceback"]) <= 3


def test_without_an_error_there_is_nothing_to_fix(tmp_path):
    with kernel(NBPROVIDER_HOME=str(tmp_path), OPENAI_API_KEY=KEY) as fresh:
        fresh.run("%load_ext nbprovider")
        ran = fresh.run("%fix")
        assert "No cell has failed in this kernel" in str(ran.error["traceback"])


def test_an_error_from_before_loading_is_the_last_one_too(tmp_path):
    with kernel(NBPROVIDER_HOME=str(tmp_path), OPENAI_API_KEY=KEY) as fresh:
        fresh.run("import os\nnumber = 1\nnumber / 0")
        fresh.run("%load_ext nbprovider")
        _, requests = ask(fresh, "%fix -m gpt-6-luna")
        assert "number = 1\nnumber / 0" in sent(requests)
