from pathlib import Path

import pytest

from nbprovider.credentials import dotenv


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=abc", "abc"),
        ("  KEY = abc  ", "abc"),
        ("export KEY=abc", "abc"),
        ("KEY=abc # a comment", "abc"),
        ("KEY=abc#no-comment", "abc#no-comment"),
        ("KEY=# only a comment", ""),
        ("KEY=", ""),
        ("KEY='a b # c'", "a b # c"),
        ('KEY="a b # c" # comment', "a b # c"),
        (r'KEY="a\nb\"c\\"', 'a\nb"c\\'),
        (r"KEY='a\nb'", r"a\nb"),
        ("KEY=a=b=c", "a=b=c"),
        ("KEY=$OTHER-${MORE}", "$OTHER-${MORE}"),
        ("KEY=é", "é"),
        ("KEY=it's", "it's"),
    ],
)
def test_a_line_gives_a_value(line: str, value: str) -> None:
    assert dotenv.parse(line) == {"KEY": value}


@pytest.mark.parametrize(
    "line", ["", "# KEY=a", "KEY", "=a", "a b=c", "KEY-X=a", "1KEY=a", 'KEY="a', "KEY='a", "\0=\1"]
)
def test_a_line_that_makes_no_sense_is_passed_over(line: str) -> None:
    assert dotenv.parse(f"A=1\n{line}\nB=2") == {"A": "1", "B": "2"}


def test_the_last_of_two_lines_wins() -> None:
    assert dotenv.parse("A=1\r\nA=2\r\n") == {"A": "2"}


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfA=1\n")
    assert dotenv.read(tmp_path / ".env") == {"A": "1"}


def test_a_file_that_is_no_text_or_not_there_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")
    assert dotenv.read(tmp_path / ".env") == {}
    assert dotenv.read(tmp_path / "none") == {}


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is not in the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    return tmp_path / "elsewhere"


def put(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".env").write_text("A=1")
    return folder / ".env"


def test_the_nearest_file_is_taken(tmp_path: Path) -> None:
    far, near = put(tmp_path), put(tmp_path / "a" / "b")
    assert dotenv.locate(tmp_path / "a" / "b") == near
    assert dotenv.locate(tmp_path / "a") == far  # tmp_path is the home folder in tests


def test_the_search_ends_at_the_root_of_the_repository(outside: Path) -> None:
    put(outside)
    (outside / "repo" / ".git").mkdir(parents=True)
    (outside / "repo" / "deep").mkdir()
    assert dotenv.locate(outside / "repo" / "deep") is None
    inside = put(outside / "repo")
    assert dotenv.locate(outside / "repo" / "deep") == inside


def test_the_search_ends_at_the_home_folder(tmp_path: Path, outside: Path) -> None:
    assert outside
    put(tmp_path)
    (tmp_path / "home" / "deep").mkdir(parents=True)
    assert dotenv.locate(tmp_path / "home" / "deep") is None


def test_outside_of_both_no_parent_is_looked_at(outside: Path) -> None:
    put(outside)
    (outside / "deep").mkdir()
    assert dotenv.locate(outside / "deep") is None
    assert dotenv.locate(outside) == outside / ".env"
