"""One value is changed in a file's text; all else in it stays."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbprovider.errors import ConfigError
from nbprovider.tomledit import edited
from nbprovider.tomltext import written

FILE = """\
# My settings.
tries = 3   # attempts

model = "a # b"  # the usual one
hosts = [
  "a",  # first
  "b",
]  # my hosts

# Names of mine.
[aliases]
quick = "groq:x"  # fast
"odd = name" = 'y'

[prices."vllm:*"]
input = 0.5
"""


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("tries",), 5, "tries = 5   # attempts"),
        (("model",), 'c"d', 'model = "c\\"d"  # the usual one'),
        (("hosts",), ["c"], 'hosts = ["c"]  # my hosts'),
        (("aliases", "quick"), "z", 'quick = "z"  # fast'),
        (("aliases", "odd = name"), "z", '"odd = name" = "z"'),
        (("prices", "vllm:*", "input"), 1.5, "input = 1.5"),
        (("prices", "vllm:*", "output"), 1.5, "output = 1.5"),
        (("fallback",), False, "fallback = false"),
        (("aliases", "new one"), "x", '"new one" = "x"'),
        (("roles", "cheap"), "x", 'cheap = "x"'),
    ],
)
def test_a_value_is_set_in_its_place_and_comments_stay(path, value, line):
    new = edited(FILE, path, value)
    assert line in new.splitlines()
    comments = ["# My settings.", "# Names of mine.", "# fast", "# my hosts", "# attempts"]
    assert all(comment in new for comment in comments)
    found = tomllib.loads(new)
    for name in path:
        found = found[name]
    assert found == value


def test_a_new_key_of_the_top_stands_before_the_first_table():
    assert edited("[aliases]\na = 'b'\n", ("tries",), 2) == "tries = 2\n\n[aliases]\na = 'b'\n"
    assert edited("", ("tries",), 2) == "tries = 2\n"
    assert edited("# Only words.\n", ("tries",), 2) == "# Only words.\ntries = 2\n"


def test_a_value_is_taken_away_and_nothing_else():
    new = edited(FILE, ("tries",), None)
    assert new == FILE.replace("tries = 3   # attempts\n", "")
    assert edited(FILE, ("aliases", "none"), None) == FILE
    assert tomllib.loads(edited(FILE, ("aliases",), None)).keys() == {
        "tries",
        "model",
        "hosts",
        "prices",
    }


@pytest.mark.parametrize("text", ["aliases = { a = 'b' }  # mine\n", "aliases.a = 'b'\n"])
def test_tables_on_one_line_and_dotted_keys_are_changed_too(text):
    assert tomllib.loads(edited(text, ("aliases", "a"), "c")) == {"aliases": {"a": "c"}}
    assert "a" not in tomllib.loads(edited(text, ("aliases", "a"), None)).get("aliases", {})


def test_what_is_not_clear_is_left_to_the_user():
    text = "[aliases.a]\nx = 1\n"
    with pytest.raises(ConfigError, match="not clear"):
        edited(text, ("aliases", "a"), "c")
    assert edited(text, ("aliases", "b"), "c").endswith('[aliases]\nb = "c"\n')


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
VALUES = st.booleans() | st.integers(-99, 99) | NAMES | st.lists(NAMES, max_size=4)
TREES = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=3), max_size=4)


@given(TREES, NAMES, VALUES | st.none())
@settings(max_examples=60)
def test_whatever_the_file_holds_only_one_value_changes(tree, name, value):
    new = tomllib.loads(edited(written(tree), (name,), value))
    assert new.get(name) == (value if value is not None else None)
    assert {k: v for k, v in new.items() if k != name} == {
        k: v for k, v in tree.items() if k != name
    }
