"""The table of capabilities is what the protocols do, and tells every protocol and option."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from nbprovider import protocols
from nbprovider.types import Options

DOCS = Path(__file__).parents[1] / "docs"
PROTOCOLS = Path(protocols.__file__).parent


@pytest.fixture(scope="module")
def capabilities():
    spec = importlib.util.spec_from_file_location("capabilities", DOCS / "capabilities.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def text():
    return (DOCS / "capabilities.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def table(text):
    """Return what is asked for → protocol → the cell."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    names = [cell.strip("`") for cell in rows[0][-len(protocols.OWN) :]]
    return {row[0]: dict(zip(names, row[1:], strict=False)) for row in rows[2:]}


def test_the_page_is_what_the_generator_makes(capabilities, text):
    assert text == capabilities.page(), "run `python docs/capabilities.py`"


def test_every_protocol_and_every_option_is_told(table):
    assert set(table["tools"]) == protocols.OWN
    assert {f"`{option}`" for option in Options.__struct_fields__} <= set(table)


@pytest.mark.parametrize(
    ("what", "protocol", "cell"),
    [
        ("tools", "anthropic", "yes"),
        ("tools", "cli_claude", "no"),
        ("some tool forced", "ollama", "no"),
        ("`seed`", "anthropic", "no"),
        ("`seed`", "gemini", "yes"),
        ("`cache`", "anthropic", "yes"),
        ("`cache`", "openai_chat", "some"),
        ("`temperature`", "anthropic", "some"),
        ("sounds", "gemini", "yes"),
    ],
)
def test_the_table_says_what_is_known_from_elsewhere(table, what, protocol, cell):
    assert table[what][protocol] == cell


def test_sources_are_told_by_those_protocols_that_make_citations(capabilities):
    """Kept by hand: nothing that is asked for shows it."""
    code = {path.stem: path.read_text(encoding="utf-8") for path in PROTOCOLS.glob("*.py")}
    makers = {
        name
        for name in protocols.OWN
        for stem, words in code.items()
        if stem.startswith(name) and re.search(r"(?<!case )\bCitation\(", words)
    }
    assert "from nbprovider.protocols.openai_chat " in code["mistral"]  # which reads its replies
    assert makers | {"mistral"} == capabilities.CITING
