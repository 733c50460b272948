"""The magics in a real kernel: what they show, complete, bind and remember."""

from __future__ import annotations

import json

import pytest

from kernels import kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[aliases]\nquick = "openai:gpt-6-luna"\n')
    variables = {"NBPROVIDER_HOME": str(home), "OPENAI_API_KEY": "sk-0123456789abcdefghijkl"}
    with kernel(**variables) as made:
        made.run("%load_ext nbprovider\nimport os")
        yield made


def ask(running, cell, *words):
    """Run a cell against a scripted OpenAI; return what ran and the bodies that it was sent."""
    with serving(answering(*(words or ("fine",)))) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        ran = running.run(cell)
        return ran, [request["body"] for request in server.requests]


def sent(bodies):
    return [message["content"] for message in bodies[-1]["messages"]]


def of_last_row(running, name):
    code = f"print(get_ipython().run_line_magic('provider', 'usage').iloc[-1][{name!r}])"
    return running.run(code).text.strip()


def shown(ran):
    return ran.shown[-1]["data"]["text/plain"]


def test_status_says_what_is_active_what_was_found_and_what_today_cost(running):
    words = shown(running.run("%provider"))
    assert "Active model: openai:gpt-6.1-sol" in words
    assert "environment OPENAI_API_KEY" in words
    assert "Today:" in words


def test_a_cell_is_asked_shown_and_remembered(running):
    ran, bodies = ask(running, "%%chat gpt-6-luna --new\nOne?", "First ", "answer.")
    assert ran.status == "ok"
    assert shown(ran).startswith("First answer.")
    ran, bodies = ask(running, "%%chat\nTwo?")
    assert sent(bodies) == ["One?", "First answer.", "Two?"]
    assert bodies[-1]["model"] == "gpt-6-luna"


def test_one_output_remains_and_says_where_it_comes_from(running):
    ran, _ = ask(running, "%%chat gpt-6-luna --new\nOne?", "a", "b", "c")
    (output,) = ran.shown
    assert set(output["data"]) == {"text/plain", "text/markdown"}
    told = output["metadata"]["nbprovider"]
    assert told["provider"] == "openai"
    assert told["usage"] == {"input": 7, "output": 3}
    assert told["cost_source"] == "list"


def test_chats_have_names_of_their_own(running):
    ask(running, "%%chat gpt-6-luna -c a --new -s 'Be brief.'\nIn a")
    ask(running, "%%chat gpt-6-luna -c b --new\nIn b")
    _, bodies = ask(running, "%%chat -c a\nAgain")
    assert sent(bodies) == ["Be brief.", "In a", "fine", "Again"]


def test_new_forgets(running):
    ask(running, "%%chat gpt-6-luna -s 'Be brief.'\nOne")
    _, bodies = ask(running, "%%chat gpt-6-luna --new\nTwo")
    assert sent(bodies) == ["Two"]


def test_values_of_the_notebook_are_put_in_and_raw_leaves_them_out(running):
    running.run("x = 42")
    _, bodies = ask(running, "%%chat gpt-6-luna --new\n{{ x }} {x} $x")
    assert sent(bodies) == ["42 {x} $x"]
    _, bodies = ask(running, "%%chat gpt-6-luna --new --raw\n{{ x }}")
    assert sent(bodies) == ["{{ x }}"]


def test_braces_and_dollars_of_the_line_are_the_users(running):
    """Row 1 of the rivals: a prompt with braces raises before anything is sent."""
    ran, bodies = ask(running, "%%chat gpt-6-luna --new -s 'Use {x} and $x'\nprint({'foo': 'bar'})")
    assert ran.status == "ok"
    assert sent(bodies) == ["Use {x} and $x", "print({'foo': 'bar'})"]


def test_a_line_is_asked_too(running):
    ran, bodies = ask(running, "print('before')\n%chat --new -m gpt-6-luna what's up?", "Not much.")
    assert sent(bodies) == ["what's up?"]
    assert ran.text == "before\n"
    assert "Not much." in str(ran.shown)


def test_out_binds_the_answer(running):
    ask(running, "%%chat gpt-6-luna --new -o reply\nOne?", "An answer.")
    ran = running.run("print(reply.text, reply.usage.output, reply.cost > 0)")
    assert ran.text == "An answer. 3 True\n"


def test_a_form_binds_its_value(running):
    """Row 7 of the rivals: `-f json` fails on a fenced reply."""
    ask(running, "%%chat gpt-6-luna --new -f json -o rows\nRows?", '```json\n[{"a": 1}]\n```')
    assert running.run("print(rows)").text == "[{'a': 1}]\n"
    ask(running, "%%chat gpt-6-luna --new -f code -o code\nCode?", "```python\nprint(1)\n```")
    assert running.run("print(repr(code))").text == "'print(1)'\n"


def test_a_form_that_fails_is_told_and_keeps_the_text(running):
    ran, _ = ask(running, "%%chat gpt-6-luna --new -f json -o rows\nRows?", "I would rather not.")
    assert ran.error["ename"] == "BadAnswer"
    assert "I would rather not." in str(ran.shown)
    assert "I would rather not." in shown(running.run("%provider last"))


def test_json_that_is_none_is_told_also_where_nothing_is_bound(running):
    ran, _ = ask(running, "%%chat gpt-6-luna --new -f json\nRows?", "I would rather not.")
    assert ran.error["ename"] == "BadAnswer"
    assert "I would rather not." in str(ran.shown), "the text stays on screen"


def test_json_is_promised_by_the_provider_where_that_is_sure(running):
    _, bodies = ask(running, "%%chat gpt-6-luna --new -f json\nRows?", "[]")
    assert "response_format" not in bodies[-1], "nobody knows what this server can"
    running.run("import nbprovider.magics.chat as c; kept = c.promises_json")
    running.run("c.promises_json = lambda *_: True")
    _, bodies = ask(running, "%%chat gpt-6-luna --new -f json\nRows?", "{}")
    assert bodies[-1]["response_format"] == {"type": "json_object"}
    _, bodies = ask(running, "%%chat gpt-6-luna --new\nRows?", "{}")
    assert "response_format" not in bodies[-1], "no JSON was asked for"
    running.run("c.promises_json = kept")


def test_a_provider_that_is_named_twice_is_meant_once(running):
    _, bodies = ask(running, "%%chat openai:gpt-6-luna -p openai --new\nOne?")
    assert bodies[-1]["model"] == "gpt-6-luna"
    _, bodies = ask(running, "%%chat gpt-6-luna -p openai --new\nOne?")
    assert bodies[-1]["model"] == "gpt-6-luna"


def test_a_form_is_asked_for_without_staying_in_the_chat(running):
    _, bodies = ask(running, "%%chat gpt-6-luna --new -f json\nRows?", "[]")
    assert "JSON" in sent(bodies)[0]
    _, bodies = ask(running, "%%chat\nAnd now?")
    assert sent(bodies) == ["Rows?", "[]", "And now?"]


def test_a_line_without_a_question_says_so(running):
    ran = running.run("%chat -t 0")
    assert "%chat has no question on its line." in ran.error["evalue"]


def test_a_failed_call_leaves_plain_text_that_is_plain(running):
    def script(peer):
        peer.head()
        peer.chunk(delta("Some words"))
        peer.chunk('data: {"error": {"message": "broken", "code": 400}}\n\n')
        peer.end()

    with serving(script) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        ran = running.run("%%chat gpt-6-luna --new\nOne?")
    assert ran.status == "error"
    assert "Some words" in shown(ran)
    assert "<" not in shown(ran)


def test_use_makes_a_model_the_active_one(running):
    ask(running, "%%chat gpt-6.1-sol --new\nOne?")
    assert "openai:gpt-6-luna is active now" in shown(running.run("%provider use quick"))
    _, bodies = ask(running, "%%chat\nTwo?")
    assert bodies[-1]["model"] == "gpt-6-luna"


def test_use_of_an_account_without_a_key_says_what_to_do(running):
    ran = running.run("%provider use groq")
    assert ran.error["ename"] == "MissingKey"
    assert "GROQ_API_KEY" in ran.error["evalue"]


def test_route_says_why(running):
    words = shown(running.run("%provider route quick"))
    assert "rule 1" in words
    assert "gpt-6-luna" in words


def test_list_names_every_provider(running):
    from nbprovider import catalog

    words = shown(running.run("%provider list"))
    assert all(key in words for key in catalog.load())


def test_usage_is_a_frame(running):
    ran = running.run(
        "frame = get_ipython().run_line_magic('provider', 'usage'); print(type(frame))"
    )
    assert "DataFrame" in ran.text


def test_a_test_says_how_it_went(running):
    ran, _ = ask(running, "%provider test gpt-6-luna", "ready")
    assert "ready" in shown(ran)
    assert of_last_row(running, "purpose") == "test"


def test_doctor_names_everything(running):
    words = shown(running.run("%provider doctor"))
    for what in (
        "active model",
        "account openai",
        "settings",
        "ledger",
        "embedded",
        "TLS",
        "Python",
    ):
        assert what in words


def test_help_names_every_word(running):
    from nbprovider.magics.provider import WORDS

    words = shown(running.run("%provider help"))
    assert all(f"%provider {word}" in words for word in WORDS)
    assert "%provider use MODEL" in shown(running.run("%provider help use"))


def test_the_embedded_model_says_how_it_is(running):
    words = shown(running.run("%provider embedded"))
    assert "smollm2" in words
    assert "no (`%provider embedded install`)" in words
    assert "not running (it starts on first use)" in words


@pytest.mark.parametrize("magic", ["%%chat", "%provider"])
def test_the_help_of_a_magic_reads_well(running, magic):
    name = running.client.execute(f"{magic}?", allow_stdin=False)
    reply = None
    while reply is None or reply["parent_header"].get("msg_id") != name:
        reply = running.client.get_shell_msg(timeout=20)
    text = reply["content"]["payload"][0]["data"]["text/plain"]
    assert "Docstring:" in text
    assert "--format" in text or "%provider usage" in text


def completed(running, line):
    name = running.client.complete(line, len(line))
    while True:
        reply = running.client.get_shell_msg(timeout=20)
        if reply["parent_header"].get("msg_id") == name:
            return reply["content"]["matches"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("%provider us", "usage"),
        ("%provider use gpt", "gpt-6-luna"),
        ("%provider use q", "quick"),
        ("%provider key gro", "groq"),
        ("%provider embedded in", "install"),
        ("%provider help do", "doctor"),
        ("%%chat --mo", "--model"),
        ("%%chat -p anth", "anthropic"),
        ("%%chat -m gpt-6-l", "gpt-6-luna"),
        ("%%chat -f j", "json"),
        ("%%chat --effort hi", "high"),
        ("%%chat gpt-6-l", "gpt-6-luna"),
        ("%chat --sys", "--system"),
        ("%%chat --compare gpt-6-l", "gpt-6-luna"),
        ("%%chat --compare quick,gpt-6-l", "gpt-6-luna"),
        ("%%chat --models quick,gpt-6-l", "gpt-6-luna"),
    ],
)
def test_tab_completes(running, line, word):
    assert any(match.strip().endswith(word) for match in completed(running, line))


def test_a_notebook_stops_where_a_call_fails():
    """Row 2 of the rivals: the cell "succeeds", an executed notebook is green."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    cells = ["%load_ext nbprovider", "%%chat groq:x\nhi", "print('never')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with pytest.raises(CellExecutionError, match="MissingKey"):
        NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    assert notebook.cells[2].outputs == []


def test_provenance_can_be_saved(running):
    ran, _ = ask(running, "%%chat gpt-6-luna --new -t 0.5\nOne?")
    assert json.loads(json.dumps(ran.shown[0]["metadata"]))["nbprovider"]["options"] == {
        "temperature": 0.5
    }


@pytest.mark.parametrize("question", ["what's up?", 'say "hi"?', "really??", "(a) or (b)?"])
def test_a_question_mark_at_the_end_of_a_line_asks(running, question):
    _, bodies = ask(running, f"if True:\n    %chat --new -m gpt-6-luna {question}")
    assert sent(bodies) == [question]


def test_the_help_of_a_line_magic_is_still_there(running):
    name = running.client.execute("%chat?", allow_stdin=False)
    while (reply := running.client.get_shell_msg(timeout=20))["parent_header"]["msg_id"] != name:
        pass
    assert "Docstring:" in reply["content"]["payload"][0]["data"]["text/plain"]


def test_the_ledger_knows_the_notebook_and_the_cell(running):
    running.run("os.environ['JPY_SESSION_NAME'] = '/home/ada/Thesis.ipynb'")
    with serving(answering("fine")) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        content = {"code": "%%chat gpt-6-luna --new\nhi", "silent": False, "allow_stdin": False}
        message = running.client.session.msg("execute_request", content)
        message["metadata"] = {"cellId": "cell-9"}
        running.client.shell_channel.send(message)
        running.finish(message["header"]["msg_id"])
    assert of_last_row(running, "notebook") == "Thesis.ipynb"
    assert of_last_row(running, "cell") == "cell-9"
    assert of_last_row(running, "purpose") == "chat"


LINE = "--top-p 0.5 --seed 7 --stop END --stop FIN -x service_tier=flex -x a.b=1"


def test_every_capability_is_sent(running):
    ran, bodies = ask(running, f"%%chat gpt-6-luna --new {LINE}\nhi")
    assert ran.status == "ok", ran.messages
    body = bodies[-1]
    assert (body["top_p"], body["seed"], body["stop"]) == (0.5, 7, ["END", "FIN"])
    assert (body["service_tier"], body["a"]) == ("flex", {"b": 1})


def test_pictures_and_files_go_with_the_question(running, tmp_path):
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes.txt").write_text("n")
    line = f"%%chat gpt-6-luna --new -i {tmp_path}/cat.png -a {tmp_path}/notes.txt"
    _, bodies = ask(running, f"{line}\nWhat is this?")
    parts = bodies[-1]["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["image_url", "text", "text"]


def test_a_schema_is_sent_and_its_value_bound(running):
    running.run("person = {'type': 'object', 'properties': {'name': {'type': 'string'}}}")
    _, bodies = ask(
        running, "%%chat gpt-6-luna --new --schema person -o ada\nWho?", '{"name": "Ada"}'
    )
    assert bodies[-1]["response_format"]["json_schema"]["schema"]["type"] == "object"
    assert running.run("print(ada)").text == "{'name': 'Ada'}\n"


def test_an_answer_that_is_cut_off_says_so(running):
    """Row 13 of the rivals: a cut-off answer surfaces as a bare JSONDecodeError."""

    def script(peer):
        peer.head()
        peer.chunk(delta('{"name": "Ad') + ending("length"))
        peer.end()

    with serving(script) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        ran = running.run("%%chat gpt-6-luna --new -f json -o x\nWho?")
    assert ran.error["ename"] == "BadAnswer"
    assert "cut off at the token limit" in ran.error["evalue"]
    assert "Ad" in shown(running.run("%provider last"))


def test_tools_are_sent_and_their_calls_shown(running):
    running.run(
        "import nbprovider\n"
        "look = nbprovider.Tool('look', 'Look.', {'type': 'object', 'properties': {}})"
    )

    def script(peer):
        call = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": "{}"}}
        chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
        peer.head()
        peer.chunk(f"data: {json.dumps(chunk)}\n\n" + ending("tool_calls"))
        peer.end()

    with serving(script) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        ran = running.run("%%chat gpt-6-luna --new --tools look --tool-choice look -o a\nLook!")
        body = server.requests[-1]["body"]
    assert body["tools"][0]["function"]["name"] == "look"
    assert body["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert "look" in ran.shown[0]["data"]["text/markdown"]
    assert running.run("print(a.tool_calls[0].name, a.finish)").text == "look tool_calls\n"


def test_an_answer_comes_whole_when_asked(running):
    def script(peer):
        message = {"role": "assistant", "content": "In one piece."}
        peer.whole(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    with serving(script) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        ran = running.run("%%chat gpt-6-luna --new --whole\nhi")
        assert not server.requests[-1]["body"].get("stream")
    assert "In one piece." in shown(ran)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--schema nothing", "no 'nothing' in this notebook"),
        ("--schema os", "A schema cannot be a value of module"),
        ("--tools os", "--tools needs tools"),
        ("--tool-choice look", "no tool 'look' to choose"),
        ("-x num_ctx", "-x needs NAME=VALUE"),
        ("-i /nowhere.png", "/nowhere.png cannot be read"),
    ],
)
def test_a_capability_that_cannot_be_is_refused_by_name(running, line, told):
    ran, bodies = ask(running, f"%%chat gpt-6-luna --new {line}\nhi")
    assert ran.status == "error"
    assert told in ran.error["evalue"]
    assert bodies == []
