"""`%provider scan`: what it looks at, what it says, and that it never shows a key."""

from __future__ import annotations

import json

import pytest

from nbprovider.errors import UsageError
from nbprovider.magics import scan
from nbprovider.view import Note, Table
from seeds import SEEDS, seen


def write(path, key):
    cell = {"cell_type": "code", "source": f"k = '{key}'", "outputs": [], "metadata": {}}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))


def test_the_notebooks_of_the_folder_and_their_copies_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "b.ipynb", "nothing")
    write(tmp_path / ".ipynb_checkpoints" / "b.ipynb", SEEDS["groq"])
    write(tmp_path / "a.ipynb", SEEDS["openai project"])
    table = scan.run()
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == [
        "a.ipynb, cell 1",
        ".ipynb_checkpoints/b.ipynb, cell 1",
    ]
    assert table.rows[0][1] == "source, line 1"
    assert "OpenAI" in table.rows[0][2]
    assert "https://platform.openai.com" in table.rows[0][3]
    assert not seen(table.markdown() + table.plain() + repr(table))


def test_the_running_notebook_comes_first_wherever_it_is(tmp_path, monkeypatch):
    write(tmp_path / "there" / "mine.ipynb", SEEDS["groq"])
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "there" / "mine.ipynb"))
    assert "mine.ipynb" in scan.run().rows[0][0]


def test_one_notebook_is_read_by_its_name_with_spaces(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "my own.ipynb", SEEDS["groq"])
    assert len(scan.run("my", "own.ipynb").rows) == 1


def test_nothing_found_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.ipynb", "nothing")
    note = scan.run()
    assert isinstance(note, Note)
    assert "No key was found in this session and 1 notebook of this folder." in note.text


def test_a_file_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.ipynb").mkdir()
    assert "a.ipynb could not be read." in scan.run().text
    with pytest.raises(UsageError, match="cannot be read"):
        scan.run("a.ipynb")
