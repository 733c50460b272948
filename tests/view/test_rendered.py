"""A model's words as HTML: markdown as it is meant, nothing that runs, nothing that is loaded."""

from __future__ import annotations

import pytest

from nbprovider.types import Citation, Media, Text, Thinking, ToolCall, ToolResult
from nbprovider.view.rendered import rendered
from nbprovider.view.tool_run import ToolRun
from nbprovider.view.view import Seam


def said(text):
    return rendered([Text(text)])


def test_markdown_is_what_it_is_in_a_notebook():
    page = said("# Title\n\n**bold** and `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~gone~~")
    assert "<h1>Title</h1>" in page
    assert "<strong>bold</strong> and <code>code</code>" in page
    assert "<td>1</td>" in page
    assert "<s>gone</s>" in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[a](javascript:alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "```<script>\n</code></pre><script>alert(1)</script>\n```",
        "`<script>`",
        "$<script>alert(1)</script>$",
        '![" onerror="alert(1)](https://x.example/p.png)',
        "\ue0000\ue001<script>",
    ],
)
def test_nothing_of_a_models_own_html_is_alive(text):
    page = said(text)
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert 'href="data:text' not in page
    assert '" onerror' not in page


def test_a_picture_at_an_address_is_a_link_and_is_not_loaded():
    page = said("![the plan](https://x.example/p.png?q=secret)")
    assert '<a href="https://x.example/p.png?q=secret">🖼 the plan</a>' in page
    assert "<img" not in page


def test_a_picture_of_the_model_is_shown_with_words_for_those_who_do_not_see_it():
    page = rendered([Media("image", "image/png", b"\x89PNG")])
    assert 'src="data:image/png;base64,iVBORw=="' in page
    assert 'alt="an image from the model"' in page


def test_formulas_stay_whole_and_prices_are_none():
    page = said(r"It is $x_1 < y_2$, or \(a_b\), and `$x_1$`." "\n\nIt costs $5 to $10.")
    assert "$x_1 &lt; y_2$" in page
    assert "$a_b$" in page
    assert "<code>$x_1$</code>" in page
    assert page.count("<span>&#36;</span>") == 2


def test_code_is_left_alone_also_in_a_fence_that_is_still_open():
    page = said("```python\nprice = '$5'\nx = '$y$'")
    assert "price = '$5'\nx = '$y$'" in page.replace("&#x27;", "'").replace("&quot;", '"')


def test_reasoning_is_folded_away_and_the_rest_has_its_place():
    shown = [
        Thinking("Let me <see>."),
        Seam("It failed."),
        ToolRun(ToolCall("1", "look", '{"a": "<b>"}'), ToolResult("1", "look", "<i>\nmore")),
        ToolCall("2", "see", '{"a": "<b>"}'),
        Citation(source="https://x.example/a", title="A & B"),
        Citation(source="javascript:alert(1)", title="no"),
    ]
    page = rendered(shown)
    assert "<details><summary>Thinking (3 words)</summary>" in page
    assert "Let me &lt;see&gt;." in page
    assert "⚠ It failed." in page
    assert "<summary>🔧 look(" in page
    assert "<code>see(" in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert '<a href="https://x.example/a">A &amp; B</a>' in page
    assert "javascript" not in page
