"""Boxes of a painted table: taken for other rows, but not where a press could do harm."""

from __future__ import annotations

import pytest

from nbprovider.ui.forms import Button, Form, Page, Row, Rows
from nbprovider.ui.widgets import Painter


class Listed(Form):
    """Rows that go away when they are pressed."""

    def __init__(self, look):
        super().__init__()
        self.names = ["one", "two", "three"]
        self._look = look

    def _page(self):
        button = Button("remove", "Remove", self._look)
        rows = tuple(Row(name, (name,), (button,)) for name in self.names)
        return Page("Listed", (Rows("list", ("name",), rows),))

    def _set(self, name, value, row):
        raise AssertionError

    def _act(self, name, row):
        if row in self.names:
            self.names.remove(row)


def boxes(painter):
    """Return the boxes of the rows that are to be seen."""
    (table,) = painter.widget.children[2].children
    return [box for box in table.children[1:] if box.layout.display != "none"]


def pressed(box):
    box.children[2].children[0].click()


@pytest.fixture
def painted():
    """Return a form and its painter, with this look of its buttons."""
    made = []

    def paint(look):
        form = Listed(look)
        made.append(form)
        return form, Painter(form)

    yield paint
    for form in made:
        form.close()


def test_a_second_click_on_a_dangerous_button_does_not_reach_the_next_row(painted):
    form, painter = painted("danger")
    first = boxes(painter)[0]
    pressed(first)
    assert form.names == ["two", "three"]
    assert len(boxes(painter)) == 2
    pressed(first)
    assert form.names == ["two", "three"]
    pressed(boxes(painter)[0])
    assert form.names == ["three"]


def test_other_boxes_are_taken_for_the_rows_that_follow(painted):
    """A search over many rows makes no widgets anew."""
    form, painter = painted("plain")
    before = boxes(painter)
    pressed(before[0])
    assert form.names == ["two", "three"]
    assert boxes(painter) == before[:2]
    form.update(lambda: form.names.append("four"))
    assert boxes(painter) == before
