"""Docstrings in the styles that people write, read alike."""

from __future__ import annotations

import pytest

from nbprovider.session.tools.docstring import told

GOOGLE = """Find books.

    The newest come first.

    Args:
        title (str): words of the title,
            in any order
        years (tuple[int, int], optional): from when to when
        *rest: more words

    Returns:
        The books,
        with their prices.

    Raises:
        ValueError: for nonsense
    """

NUMPY = """Find books.

    The newest come first.

    Parameters
    ----------
    title : str
        words of the title,
        in any order
    years : tuple of int, optional
        from when to when
    *rest
        more words

    Returns
    -------
    list of Book
        The books,
        with their prices.

    Raises
    ------
    ValueError
        for nonsense
    """

SPHINX = """Find books.

    The newest come first.

    :param str title: words of the title,
        in any order
    :param years: from when to when
    :type years: tuple
    :param rest: more words
    :returns: The books,
        with their prices.
    :raises ValueError: for nonsense
    """


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_three_styles_say_the_same(text):
    found = told(text)
    assert found.text == "Find books.\n\nThe newest come first."
    assert found.parameters == {
        "title": "words of the title, in any order",
        "years": "from when to when",
        "rest": "more words",
    }
    assert found.returns == "The books, with their prices."
    assert found.description.endswith("Returns: The books, with their prices.")


@pytest.mark.parametrize("text", ["", None])
def test_no_docstring_says_nothing(text):
    assert told(text).description == ""


def test_a_text_of_no_style_is_a_description_as_it_stands():
    text = "Add up.\n\nArguments are taken as they come.\nNote: no check is made.\n\n    code()"
    assert told(text).description == text


def test_a_type_in_a_colon_free_line_and_names_by_commas():
    found = told("Add.\n\nParameters\n----------\nx, y : int\n    what to add\n")
    assert found.parameters == {"x": "what to add", "y": "what to add"}


def test_what_google_gives_back_in_one_line_keeps_its_words():
    assert told("Add.\n\nReturns:\n    int: the sum\n").returns == "int: the sum"


def test_a_parameter_with_a_nested_type_is_found():
    found = told("Do.\n\nArgs:\n    f (Callable[[int], dict(str)]): what to call: now\n")
    assert found.parameters == {"f": "what to call: now"}
