"""What `--schema` names on a line."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

import pytest

from nbprovider.errors import UsageError
from nbprovider.magics.schema import named


@dataclasses.dataclass
class City:
    name: str


NAMES = {
    "City": City,
    "models": SimpleNamespace(City=City),
    "schema": {"type": "object", "properties": {"name": {"type": "string"}}},
    "line": "name:str  # in full",
}

RECORD, LIST = '{"name": "Ulm"}', '[{"name": "Ulm"}]'


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("City", RECORD, City("Ulm")),
        ("models.City", RECORD, City("Ulm")),
        ("list[City]", LIST, [City("Ulm")]),
        ("[City]", LIST, [City("Ulm")]),
        ("City | None", RECORD, City("Ulm")),
        ("Optional[City]", RECORD, City("Ulm")),
        ("Literal['yes', 'no']", '"no"', "no"),
        ("schema", RECORD, {"name": "Ulm"}),
        ("line", RECORD, {"name": "Ulm"}),
        ("name:str", RECORD, {"name": "Ulm"}),
        ("[name:str]", LIST, [{"name": "Ulm"}]),
        ("{name:str}", RECORD, {"name": "Ulm"}),
        ('{"type": "object", "required": ["name"]}', RECORD, {"name": "Ulm"}),
    ],
)
def test_a_word_means_a_shape(text, said, value):
    assert named(text, NAMES).value(said) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Cty", "no 'Cty' in this notebook. Did you mean 'City'"),
        ("nothing", "name:str, age:int"),
        ("name, age", "no 'name' in this notebook"),
        ("City[int]", "means nothing"),
        ("len", "cannot be"),
        ("name:strr", "Did you mean 'str'"),
        ("print(City)", "must be more than"),
        ("", "empty"),
    ],
)
def test_what_means_none_is_told(text, why):
    with pytest.raises(UsageError, match=re.escape(why)) as raised:
        named(text, NAMES)
    assert raised.value.hint


def test_nothing_is_called():
    """A word of a line names a type; it runs nothing."""
    ran = []
    with pytest.raises(UsageError):
        named("list[run()]", {"run": lambda: ran.append(1)})
    assert not ran
