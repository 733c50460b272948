"""A saved notebook as cells and in words."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import v4

import nbprovider
from nbprovider.errors import UsageError
from nbprovider.session import notebook_file
from nbprovider.session.notebook_file import Cell, in_words, read
from nbprovider.types import Text


@pytest.fixture
def saved(tmp_path):
    cells = [
        v4.new_markdown_cell("# Title"),
        v4.new_code_cell(
            "x = 1\nx",
            execution_count=3,
            outputs=[
                v4.new_output("stream", text="\x1b[31mred\x1b[0m\n"),
                v4.new_output("execute_result", data={"text/plain": "1", "text/html": "<b>1</b>"}),
                v4.new_output("display_data", data={"image/png": "iVBOR", "text/plain": "<Fig>"}),
                v4.new_output("error", ename="ValueError", evalue="no", traceback=["long"]),
            ],
        ),
        v4.new_code_cell(""),
    ]
    path = tmp_path / "a.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


def test_cells_are_told_with_the_text_of_their_outputs(saved):
    first, second, _ = read(saved)
    assert (first.kind, first.source) == ("markdown", "# Title")
    assert second.id
    assert second.output == "red\n1\n[a picture]\nValueError: no"
    words = in_words(read(saved))
    assert words.startswith(
        "Text:\n\n```markdown\n# Title\n```\n\nIn[3]:\n\n```python\nx = 1\nx\n```"
    )
    assert words.endswith("Output:\n\n```text\nred\n1\n[a picture]\nValueError: no\n```")


def test_a_notebook_is_attached_as_its_cells(saved):
    part = nbprovider.attach(saved)
    assert part == Text(f"a.ipynb:\n\n{in_words(read(saved))}")
    assert "iVBOR" not in part.text


def test_a_long_output_is_cut_and_says_so():
    words = in_words([Cell("x", "a" * 5000 + "end")])
    assert "… 3,003 characters are left out here …" in words
    assert words.endswith("end\n```")
    assert len(words) < notebook_file.LONGEST + 200


def test_keys_are_taken_out():
    assert "0123456789" not in in_words([Cell("key = 'sk-ant-api03-0123456789abcdefghij'")])


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": [{}]}', '{"cells": 3}', "\x00"])
def test_what_is_no_notebook_is_told(tmp_path, text):
    (tmp_path / "b.ipynb").write_text(text)
    with pytest.raises(UsageError, match="no notebook"):
        read(tmp_path / "b.ipynb")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.ipynb")
