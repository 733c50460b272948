"""`-i` and `-a`: files by path or pattern, values of the notebook; each mistake is told."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
from PIL import Image
from traitlets.config import Config

from nbprovider.errors import UsageError
from nbprovider.magics import attached
from nbprovider.magics.context import Context
from nbprovider.magics.options import parse, parse_leading
from nbprovider.session.values import Limits
from nbprovider.types import Media, Text

PNG = b"\x89PNG\r\n\x1a\n"


def given(line, **names):
    return attached.parts(parse(line), names, Limits())


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("b.txt", "a.txt", "deep/c.txt", "x.png"):
        (tmp_path / name).write_bytes(PNG if name.endswith("png") else name.encode())
    return tmp_path


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("**/*.txt", ["a.txt", "b.txt", "c.txt"]),
        ("[b]*", ["b.txt"]),
        ("?.t*", ["a.txt", "b.txt"]),
    ],
)
def test_a_pattern_is_all_files_that_it_fits_by_name(pattern, names):
    assert [part.text.partition(":")[0] for part in given(f"-a {pattern}")] == names


def test_a_pattern_may_begin_anywhere(files):
    assert len(given(f"-a {files}/*.txt")) == 2


@pytest.mark.usefixtures("files")
def test_a_file_whose_name_has_such_signs_is_itself(files):
    (files / "a[1].txt").write_text("odd")
    assert given("-a a[1].txt") == (Text("a[1].txt:\n\nodd"),)


@pytest.mark.usefixtures("files")
def test_pictures_come_first_and_a_pattern_is_fine_for_them():
    found = given("-a a.txt -i *.png")
    assert [type(part) for part in found] == [Media, Text]
    assert found[0].name == "x.png"


@pytest.mark.parametrize(
    "line", ["-i fig", "-i {{fig}}", "-i {{ fig }}", '-i "{{ fig }}"', "-i={{ fig }}"]
)
def test_a_variable_and_an_expression_are_what_they_hold(line):
    (part,) = given(line, fig=Figure(figsize=(1, 1)))
    assert (part.kind, part.mime) == ("image", "image/png")


def test_an_expression_keeps_its_own_quotes_and_spaces():
    (part,) = given('-i {{ figs["a b"] }} -t 0', figs={"a b": Image.new("L", (1, 1))})
    assert part.kind == "image"
    assert parse('{{ f("x", 1) }} -s "a {{ y }}" \'{{ z }}\'').words == [
        '{{ f("x", 1) }}',
        "{{ z }}",
    ]
    assert parse('-s "a {{ d["k"] }} b"').get("system") == 'a {{ d["k"] }} b'


def test_braces_that_are_no_expression_are_words_as_ever():
    assert parse("a {{ b").words == ["a", "{{", "b"]


def test_the_line_magic_takes_an_expression_too():
    line, question = parse_leading("-i {{ figs[0] }} -t 0 What is {{ this }}?")
    assert line.get("image") == ["{{ figs[0] }}"]
    assert line.get("temperature") == 0
    assert question == "What is {{ this }}?"


def test_a_list_of_figures_is_all_of_them():
    assert len(given("-i both", both=[Image.new("L", (1, 1))] * 2)) == 2


@pytest.mark.usefixtures("files")
def test_a_string_names_a_file_and_a_table_goes_under_its_name():
    import pandas as pd

    assert given("-a where", where="a.txt") == (Text("a.txt:\n\na.txt"),)
    (part,) = given("-a df", df=pd.DataFrame({"a": [1]}))
    assert part.text.startswith("df:\n\nDataFrame, 1 rows")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-i figg", "neither a file nor a variable called 'figg'.*Did you mean 'fig'"),
        ("-i a.txt", "a.txt is no picture"),
        ("-i number", "number is no picture"),
        ("-a *.pdf", r"No file is called like \*.pdf"),
        ("-a none.pdf", "cannot be read"),
        ("-a {{ nothing }}", "no 'nothing' in this notebook"),
        ("-a {{ 1 / 0 }}", "ZeroDivisionError"),
    ],
)
def test_what_is_not_there_is_told(line, words):
    with pytest.raises(UsageError, match=words):
        given(line, fig=Figure(), number=3)


@pytest.mark.usefixtures("files")
def test_too_many_and_too_large_are_told(monkeypatch):
    monkeypatch.setattr(attached, "MOST", 1)
    with pytest.raises(UsageError, match="2 files are called like"):
        given("-a *.txt")
    monkeypatch.setattr(attached, "LARGEST", 10)
    with pytest.raises(UsageError, match="a request takes 32"):
        given("-i x.png -i x.png")


@pytest.fixture
def shell():
    yield InteractiveShell.instance(config=Config(HistoryManager={"hist_file": ":memory:"}))
    InteractiveShell.clear_instance()


def test_a_question_is_what_is_attached_and_its_words_with_values(shell):
    shell.user_ns.update(n=3, photo=PNG)
    assert Context(shell, parse("")).prompt("is {{ n }} odd?") == "is 3 odd?"
    mixed = Context(shell, parse("-i photo")).prompt("{{ n }} {{ photo }} x")
    assert [p if isinstance(p, str) else p.kind for p in mixed] == ["image", "3 ", "image", " x"]
    assert Context(shell, parse("--raw")).prompt("{{ n }}") == "{{ n }}"
    assert Context(shell, parse("")).words("{{ n }}") == "3"
    assert Context(shell, parse("--raw")).words("{{ n }}") == "{{ n }}"
    with pytest.raises(UsageError, match="Instructions are words"):
        Context(shell, parse("")).words("Like {{ photo }}")


def test_rows_say_how_much_of_a_table_is_told(shell):
    import pandas as pd

    shell.user_ns["df"] = pd.DataFrame({"a": range(50)})
    assert "| 4 | 4 |" not in Context(shell, parse("--rows 2")).prompt("{{ df }}")
    assert "| 40 | 40 |" in Context(shell, parse("--rows 50")).prompt("{{ df }}")
    with pytest.raises(UsageError, match="negative"):
        Context(shell, parse("--rows=-1")).prompt("{{ df }}")
