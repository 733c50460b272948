"""Answers of a certain shape in a real kernel: bound, mended, cut off, stopped."""

from __future__ import annotations

import time

import pytest

from kernels import kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel

MODEL = "openai-compatible:tiny"
CLASS = """
import dataclasses
@dataclasses.dataclass
class City:
    name: str
    people: int | None = None
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with kernel(NBPROVIDER_HOME=str(tmp_path_factory.mktemp("home"))) as made:
        made.run(f"%load_ext nbprovider\nimport os, nbprovider{CLASS}")
        yield made


def ask(running, script, line, cell="Which?"):
    with serving(script) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        ran = running.run(f"%%chat {MODEL} --new {line}\n{cell}")
        return ran, [request["body"] for request in server.requests]


def printed(running, code):
    return running.run(f"print({code})").text.strip()


def in_turn(*answers, finish="stop"):
    left = list(answers)

    def script(peer):
        peer.head()
        peer.chunk(delta(left.pop(0) if len(left) > 1 else left[0]) + ending(finish))
        peer.end()

    return script


def test_a_class_of_the_notebook_is_bound_as_its_object(running):
    ran, bodies = ask(running, answering('{"name": "Ulm", "people": 5}'), "--schema City -o city")
    assert ran.status == "ok"
    assert printed(running, "city") == "City(name='Ulm', people=5)"
    assert bodies[0]["response_format"]["json_schema"]["strict"]
    assert '"Ulm"' in ran.shown[-1]["data"]["text/markdown"]


def test_fields_on_the_line_are_bound_as_a_dictionary(running):
    ask(running, answering('{"name": "Ulm", "people": 5}'), "-o city --schema name:str, people:int")
    assert printed(running, "city") == "{'name': 'Ulm', 'people': 5}"


@pytest.mark.parametrize("line", ["[name:str, people:int?]", "list[City]"])
def test_a_list_of_records_is_bound_as_a_frame_with_its_types(running, line):
    said = '{"items": [{"name": "Ulm", "people": 5}, {"name": "Bonn", "people": null}]}'
    ask(running, answering(said), f"-o cities --schema {line}")
    assert printed(running, "[str(kind) for kind in cities.dtypes]") == "['string', 'Int64']"
    assert printed(running, "cities['people'].sum(), len(cities)") == "5 2"


def test_an_answer_of_another_shape_is_asked_for_again(running):
    ran, bodies = ask(running, in_turn("I think Ulm.", '{"name": "Ulm"}'), "--schema City -o city")
    assert len(bodies) == 2
    assert printed(running, "city.name") == "Ulm"
    assert "asked again once" in ran.shown[-1]["data"]["text/plain"]
    assert "2 steps" in ran.shown[-1]["data"]["text/plain"]


def test_what_cannot_be_mended_is_told_and_kept(running):
    ran, _ = ask(running, answering('{"people": "many"}'), "--schema City -o never")
    assert ran.error["ename"] == "BadAnswer"
    assert "`$.people`" in ran.error["evalue"]
    assert "many" in str(ran.shown)
    assert printed(running, "'never' in globals()") == "False"


def test_a_cut_off_answer_says_so_and_keeps_its_text(running):
    """Row 13 of the rivals: a cut-off answer surfaces as a bare JSONDecodeError."""
    script = in_turn('{"items": [{"name": "Ulm"}, {"name": "Bo', finish="length")
    ran, bodies = ask(running, script, "--schema [City] -o never")
    assert ran.error["ename"] == "BadAnswer"
    assert "cut off at the token limit" in ran.error["evalue"]
    assert len(bodies) == 1
    assert "Bo" in str(ran.shown)
    assert "Bo" in running.run("%provider last").shown[-1]["data"]["text/plain"]


@pytest.mark.parametrize("line", ["--schema Cty", "--schema name:strr", "--schema 'name:[str'"])
def test_a_schema_that_means_nothing_is_told_before_anything_is_sent(running, line):
    ran, bodies = ask(running, answering("{}"), line)
    assert ran.error["ename"] == "UsageError"
    assert len(ran.error["traceback"]) == 2
    assert not bodies


def test_an_interrupt_while_it_is_mended_keeps_and_bills_both(running):
    def script(peer):
        peer.head()
        if len(peer.request["body"]["messages"]) < 4:
            peer.chunk(delta("no JSON") + ending())
            peer.end()
            return
        peer.chunk(delta('{"name": '))
        peer.wait_closed(20)

    rows = "len(nbprovider.usage())"
    before = int(printed(running, rows))
    with serving(script) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        cell = running.start(f"%%chat {MODEL} --new --schema City -o never\nWhich?")
        running.wait_for(cell, "Asking again")
        running.wait_for(cell, '"name"')
        running.interrupt()
        ran = running.finish(cell)
        until = time.monotonic() + 5
        while not any(peer.closed_at for peer in server.peers) and time.monotonic() < until:
            time.sleep(0.01)
        assert any(peer.closed_at for peer in server.peers)
    assert ran.status == "error"
    assert int(printed(running, rows)) == before + 2
    statuses = printed(running, "list(nbprovider.usage()['status'].tail(2))")
    assert statuses == "['ok', 'interrupted']"
    assert printed(running, "nbprovider.last().text") == '{"name":'


def test_tab_completes_classes_of_data_and_forms(running):
    def completed(line):
        name = running.client.complete(line, len(line))
        while True:
            reply = running.client.get_shell_msg(timeout=20)
            if reply["parent_header"].get("msg_id") == name:
                return [match.strip() for match in reply["content"]["matches"]]

    running.run("city_schema = {'type': 'object', 'properties': {}}\ncity_count = 3")
    assert "City" in completed("%%chat --schema Ci")
    assert "city_schema" in completed("%%chat --schema city")
    assert "city_count" not in completed("%%chat --schema city")
    assert "html" in completed("%%chat -f ht")


def test_in_the_background_the_result_is_the_value(running):
    said = '{"items": [{"name": "Ulm", "people": 5}]}'
    with serving(answering(said)) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        running.run(f"%%chat {MODEL} --new --bg -o later --schema list[City]\nWhich?")
        assert printed(running, "later.result(20)['people'].dtype") == "Int64"


def test_what_would_be_sent_shows_the_schema(running):
    ran = running.run(f"%%chat {MODEL} --new --show-prompt --schema City\nWhich?")
    assert ran.status == "ok"
    assert "people" in str(ran.shown)
