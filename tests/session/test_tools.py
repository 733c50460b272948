"""Functions as tools: what the model is told of them, how they are run, what comes back."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest
from msgspec import Struct
from msgspec.structs import replace
from pydantic import BaseModel, Field

import nbprovider
from nbprovider.credentials import Secret
from nbprovider.errors import UsageError
from nbprovider.session.tools import Runnable, approved, chosen, runnable
from nbprovider.types import Media, Text, Tool, ToolCall, ToolResult


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Where(TypedDict):
    city: str


class Order(BaseModel):
    """An order."""

    item: str
    count: int = Field(default=1, description="how many")


class Tree(Struct):
    name: str
    kids: list[Tree] = []


def one(function: Any) -> Runnable:
    (made,) = runnable(function)
    return made


def call(name: str, arguments: str = "{}") -> ToolCall:
    return ToolCall("c1", name, arguments)


def run(function: Any, arguments: str = "{}") -> ToolResult:
    made = one(function)
    return made.run(call(made.tool.name, arguments))


def weather(city: str, days: int = 3, *, unit: Literal["C", "F"] = "C") -> str:
    """Tell the weather.

    Args:
        city: where, in English
        days (int): how many days,
            today included
    """
    return f"{city} {days} {unit}"


def test_a_signature_and_its_docstring_make_a_tool():
    tool = one(weather).tool
    assert (tool.name, tool.description) == ("weather", "Tell the weather.")
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "where, in English"},
            "days": {
                "type": "integer",
                "description": "how many days, today included",
                "default": 3,
            },
            "unit": {"enum": ["C", "F"], "default": "C"},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_arguments_are_read_and_defaults_are_the_functions_own():
    assert run(weather, '{"city": "Rome"}').content == "Rome 3 C"
    assert run(weather, '{"unit": "F", "city": "Rome", "days": 1}').content == "Rome 1 F"


def test_every_kind_of_annotation_is_described_and_made():
    def all_kinds(  # noqa: PLR0913, PLR0917 - one of each
        colour: Colour,
        point: Point,
        where: Where,
        order: Order,
        path: Path,
        numbers: list[float],
        table: dict[str, int],
        maybe: str | None,
        told: Annotated[int, "a plain text"],
        described: Annotated[int, Field(description="pydantic's words")],
        anything,
    ):
        kinds = colour, point, type(order), order.count, path, numbers, table, maybe
        return repr((*kinds, where["city"], told, described, anything))

    takes = one(all_kinds).tool.parameters["properties"]
    assert takes["colour"]["enum"] == ["blue", "red"]
    assert takes["point"]["properties"]["x"] == {"type": "integer"}
    assert takes["where"]["required"] == ["city"]
    assert takes["order"]["properties"]["count"]["description"] == "how many"
    assert takes["path"]["type"] == "string"
    assert takes["told"]["description"] == "a plain text"
    assert takes["described"]["description"] == "pydantic's words"
    assert takes["anything"] == {}
    assert "$ref" not in str(takes)
    given = """{"colour": "red", "point": {"x": 1}, "where": {"city": "Rome"},
        "order": {"item": "pen"}, "path": "a/b", "numbers": [1, 2.5], "table": {"k": 1},
        "maybe": null, "told": 1, "described": 2, "anything": [true]}"""
    made = Colour.RED, Point(1, 0), Order, 1, Path("a/b"), [1.0, 2.5], {"k": 1}, None
    assert run(all_kinds, given).content == repr((*made, "Rome", 1, 2, [True]))


def test_a_type_within_itself_keeps_its_references_at_the_root():
    def grow(tree: Tree):
        return len(tree.kids)

    schema = one(grow).tool.parameters
    assert schema["type"] == "object"
    assert schema["properties"]["tree"] == {"$ref": "#/$defs/Tree"}
    assert list(schema["$defs"]) == ["Tree"]
    assert run(grow, '{"tree": {"name": "a", "kids": [{"name": "b"}]}}').content == "1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('{"city": 5}', "Expected `str`, got `int` - at `$.city`"),
        ("{}", "missing required field `city`"),
        ('{"city": "Rome", "dayz": 1}', "unknown field `dayz`"),
        ('{"city": "Rome", "unit": "K"}', "Invalid enum value 'K'"),
        ('{"city": ', "not JSON"),
        ("[1]", "must be a JSON object, not list"),
    ],
)
def test_wrong_arguments_go_back_to_the_model_in_words(arguments, said):
    result = run(weather, arguments)
    assert result.error
    assert said in result.text
    assert result.text.startswith("weather was not run")


def test_numbers_in_quotes_are_numbers():
    """Small models write them so."""
    assert run(weather, '{"city": "Rome", "days": "2"}').content == "Rome 2 C"


def test_wrong_fields_of_a_pydantic_model_are_told():
    def take(order: Order):
        return order

    result = run(take, '{"order": {"count": "many"}}')
    assert result.error
    assert "item: Field required" in result.text


def test_a_function_may_be_called_as_what_it_takes():
    def tree(tree: Tree):
        return tree.name

    def Tree_arguments(tree: Tree):  # noqa: N802
        return tree.name

    for function in (tree, Tree_arguments):
        assert list(one(function).tool.parameters["$defs"]) == ["Tree"]
        assert run(function, '{"tree": {"name": "oak"}}').content == "oak"


def test_positional_only_parameters_are_handed_over_by_place():
    def place(first: int, second: int = 2, /, third: int = 3):
        return [first, second, third]

    assert run(place, '{"first": 1}').content == "[1,2,3]"
    assert run(place, '{"first": 1, "third": 9}').content == "[1,2,9]"


def test_what_takes_any_number_is_left_out():
    def many(a: int, *rest: int, **named: int):
        return [a, rest, named]

    assert list(one(many).tool.parameters["properties"]) == ["a"]
    assert run(many, '{"a": 1}').content == "[1,[],{}]"


def test_what_is_read_only_is_a_list_and_words_will_do_for_words_or_a_path():
    def read(
        path: str | Path, lines: Iterable[int] = [], anything: object = None, more: Iterable = ()
    ):
        return [path, lines, anything, list(more)]

    takes = one(read).tool.parameters["properties"]
    assert takes["path"] == {"type": "string"}
    assert takes["lines"]["items"] == {"type": "integer"}
    assert run(read, '{"path": "a", "lines": [1], "anything": {}}').content == '["a",[1],{},[]]'


def test_what_a_model_cannot_write_is_left_out_where_there_is_a_default():
    def fetch(url: str, key: Callable[[str], str] = str.upper, _session: object = None):
        return key(url)

    assert list(one(fetch).tool.parameters["properties"]) == ["url"]
    assert run(fetch, '{"url": "a"}').content == "A"
    assert run(fetch, '{"url": "a", "_session": 1}').error


def test_a_decorator_that_says_what_it_wraps_changes_nothing():
    def logged(function):
        @functools.wraps(function)
        def inner(*args, **named):
            return function(*args, **named)

        return inner

    @logged
    async def slow(city: str):
        return city

    assert run(logged(weather), '{"city": "Rome"}').content == "Rome 3 C"
    result = asyncio.run(one(slow).arun(call("slow", '{"city": "Rome"}')))
    assert result.content == "Rome"


def test_methods_partial_functions_and_objects_are_tools():
    class Shop:
        def sell(self, item: str):
            """Sell it."""
            return f"sold {item}"

    class Adder:
        """Add one."""

        def __call__(self, n: int):
            return n + 1

    assert run(Shop().sell, '{"item": "pen"}').content == "sold pen"
    assert one(Shop().sell).tool.description == "Sell it."
    assert run(functools.partial(weather, days=7), '{"city": "Rome"}').content == "Rome 7 C"
    assert one(Adder()).tool.name == "Adder"
    assert run(Adder(), '{"n": 1}').content == "2"


def test_the_mark_names_describes_and_leaves_the_function_alone():
    @nbprovider.tool(name="shout", description="Make it loud.", approval="ask")
    def f(text: str):
        return text.upper()

    assert f("a") == "A"
    made = one(f)
    assert (made.tool.name, made.tool.description, made.approval) == (
        "shout",
        "Make it loud.",
        "ask",
    )

    @nbprovider.tool
    def plain(): ...

    assert one(plain).tool.name == "plain"


def test_what_no_model_can_call_is_refused_early():
    with pytest.raises(UsageError, match="approval 'maybe'"):
        nbprovider.tool(approval="maybe")
    with pytest.raises(UsageError, match="<lambda>"):
        nbprovider.tool(lambda: 1)
    with pytest.raises(UsageError, match="cannot be 'int'"):
        runnable(5)
    with pytest.raises(UsageError, match="cannot be 'str'"):
        runnable("weather")

    def odd(frame: complex): ...

    with pytest.raises(UsageError, match="takes a frame that a model cannot write"):
        runnable(odd)


def test_lists_hold_tools_of_all_kinds_and_a_name_is_one_tools():
    declared = Tool("later", "Later.", {})
    found = runnable([weather, [declared]])
    assert [(r.tool.name, r.runs) for r in found] == [("weather", True), ("later", False)]
    assert [r.tool.name for r in chosen([*found, weather])] == ["weather", "later"]
    with pytest.raises(UsageError, match="Two tools are called 'weather'"):
        chosen([*found, Tool("weather", "Another.", {})])


def test_who_asks_says_the_last_word_on_consent_but_never_is_never():
    """The line of a cell is nearer than a tool's mark, which is nearer than the settings."""
    tools = [marked(approval) for approval in ("always", "ask", "never")]
    named = [replace(t, tool=replace(t.tool, name=f"t{n}")) for n, t in enumerate(tools)]
    assert [t.approval for t in chosen(named)] == ["always", "ask", "never"]
    assert [t.approval for t in chosen(named, "ask")] == ["ask", "ask", "never"]
    assert [t.approval for t in chosen(named, "always")] == ["always", "always", "never"]
    with pytest.raises(UsageError, match="approval 'maybe'"):
        chosen(named, "maybe")


def test_a_coroutine_function_runs_on_the_loop_only():
    async def slow(n: int):
        await asyncio.sleep(0)
        return n * 2

    made = one(slow)
    assert made.is_async
    result = asyncio.run(made.arun(call("slow", '{"n": 2}')))
    assert result == ToolResult("c1", "slow", "4")


def test_a_function_runs_beside_the_loop_too():
    result = asyncio.run(one(weather).arun(call("weather", '{"city": "Rome"}')))
    assert result.content == "Rome 3 C"


def test_a_coroutine_from_a_plain_function_is_told_to_be_a_mistake():
    async def inner(): ...

    def outer():
        return inner()

    result = run(outer)
    assert result.error
    assert "async def" in result.text


def test_an_error_is_told_by_its_kind_and_words_without_frames_or_secrets():
    secret = Secret("sk-" + "a1B2c3D4" * 6)

    def fail():
        error = ValueError(f"no such city, {secret.reveal()}")
        error.add_note("Try Rome.")
        raise error

    result = run(fail)
    assert result.error
    assert result.text.startswith("ValueError: no such city, sk-")
    assert result.text.endswith("Try Rome.")
    assert secret.reveal() not in result.text
    assert "line" not in result.text
    asynchronous = asyncio.run(one(fail).arun(call("fail")))
    assert asynchronous == result


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_stops_everything_is_raised(stop):
    def halt():
        raise stop

    with pytest.raises(stop):
        run(halt)


def test_words_of_a_tool_lose_the_secrets_that_we_know():
    secret = Secret("sk-" + "z9Y8x7W6" * 6)

    def leak():
        return [Text(secret.reveal()), secret.reveal()]

    assert secret.reveal() not in run(leak).text
    assert secret.reveal() not in run(lambda_free(secret.reveal())).text


def lambda_free(value: Any):
    def give():
        return value

    return give


def given(value: Any):
    return run(lambda_free(value)).content


def test_values_become_what_a_model_reads():
    assert given(None) == "done"
    assert given("") == "(empty text)"
    assert given("words") == "words"
    assert given({"a": [1, True, None]}) == '{"a":[1,true,null]}'
    assert given(Point(1, 2)) == '{"x":1,"y":2}'
    assert given(Order(item="pen")) == '{"item":"pen","count":1}'
    assert given(x for x in range(3)) == "[0,1,2]"
    assert given({Path("a")}) == '["a"]'
    assert given({(1, 2): 3}) == '{"(1, 2)":3}'
    around: list[Any] = []
    around.append(around)
    assert given(around) == "[[...]]"


def test_numbers_and_frames_of_others_are_told_too():
    import numpy as np
    import pandas as pd

    assert given(np.float64(1.5)) == "1.5"
    assert given({"n": np.int64(3)}) == '{"n":3}'
    assert "DataFrame, 2 rows, 1 columns" in given(pd.DataFrame({"a": [1, 2]}))
    assert "DataFrame, 2 rows" in given({"table": pd.DataFrame({"a": [1, 2]})})


def test_media_and_words_stay_in_their_order():
    picture = Media("image", "image/png", b"png")
    assert given(picture) == (picture,)
    assert given(["see:", picture]) == (Text("see:"), picture)
    assert given(ToolResult("x", "y", "no", error=True)) == "no"


def test_figures_and_images_go_as_pictures_also_beside_words():
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure()
    figure.subplots().plot([1, 2])
    (drawn,) = given(figure)
    assert (drawn.kind, drawn.mime) == ("image", "image/png")
    words, picture = given(["see:", Image.new("RGB", (2, 2))])
    assert words == Text("see:")
    assert picture.kind == "image"
    assert given([1, 2]) == "[1,2]"


def test_a_long_result_is_cut_in_its_middle_and_says_so(isolated):
    (isolated / "config").mkdir(parents=True, exist_ok=True)
    (isolated / "config" / "settings.toml").write_text("longest_result = 100")
    told = given("a" * 500 + "end")
    assert "403 characters are left out here" in told
    assert told.endswith("end")


def marked(approval: str) -> Runnable:
    return one(nbprovider.tool(approval=approval)(lambda_free(1)))


def test_a_tool_that_always_or_never_runs_asks_nobody(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("it asked"))
    assert approved(call("give"), marked("always")) is None
    assert approved(call("give"), one(lambda_free(1))) is None
    refused = approved(call("give"), marked("never"))
    assert refused.error
    assert "switched it off" in refused.text


@pytest.mark.parametrize(
    ("said", "told"),
    [("y", None), (" YES ", None), ("", "does not want"), ("n", "does not want give to run.")],
)
def test_who_sits_there_is_asked(monkeypatch, said, told):
    asked = []
    monkeypatch.setattr("builtins.input", lambda words: asked.append(words) or said)
    result = approved(call("give", '{"path": "a\\u202eb\\n"}'), marked("ask"))
    assert (result is None) if told is None else told in result.text
    assert 'give(path="a\\u202eb\\n")' in asked[0]


def test_other_words_than_yes_are_told_to_the_model(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "use Paris")
    assert "They say: use Paris" in approved(call("give"), marked("ask")).text


def test_where_nobody_can_be_asked_the_model_is_told(monkeypatch):
    def nobody(_):
        raise NotImplementedError

    monkeypatch.setattr("builtins.input", nobody)
    assert "nobody can be asked" in approved(call("give"), marked("ask")).text


def test_beside_the_main_thread_nobody_is_asked(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("it asked"))
    made = marked("ask")

    async def elsewhere():
        return await asyncio.to_thread(approved, call("give"), made)

    assert "nobody can be asked" in asyncio.run(elsewhere()).text
