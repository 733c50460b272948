"""Templates: questions that are kept, with places for values and with how they are asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import nbprovider
from nbprovider import config
from nbprovider.errors import ConfigError, UsageError
from nbprovider.magics import provider, template
from nbprovider.magics.complete import complete
from nbprovider.magics.options import OPTIONS, parse

REVIEW = """\
+++
description = "Look at code"
model = "groq:tiny"
temperature = 0.2
max-tokens = 50
stop = ["END"]
whole = true
with = { tone = "plain" }
+++
Review in {{ tone }} words for {{ who }}:

{{ cell }}
"""


@pytest.fixture
def shell(monkeypatch):
    """Return a notebook's shell as far as templates look at it."""
    cells = []
    found = SimpleNamespace(
        user_ns={"who": "Ada"},
        user_ns_hidden={},
        events=SimpleNamespace(callbacks={}),
        history_manager=SimpleNamespace(input_hist_raw=["", "1 + 1"]),
        set_next_input=cells.append,
        cells=cells,
    )
    monkeypatch.setattr(template, "_shell", lambda: found)
    monkeypatch.setattr(template, "names", lambda shell: shell.user_ns)
    return found


def applied(shell, line, cell=""):
    return template.applied(shell, parse(line), cell)


def shown(line):
    return provider.run(line)._repr_mimebundle_()["text/plain"]


def save(text=REVIEW, name="review"):
    return nbprovider.templates.save(name, text)


def test_a_line_gets_the_options_of_its_template_and_its_own_come_first(shell):
    save()
    line, cell = applied(shell, "--template review -t 0.9 -o x", "a = 1\n")
    assert line.get("temperature") == 0.9
    assert (line.get("model"), line.get("max_tokens"), line.get("out")) == ("groq:tiny", 50, "x")
    assert (line.get("stop"), line.get("whole")) == (["END"], True)
    assert line.parameters == {"tone": "plain"}
    assert cell == "Review in {{ tone }} words for {{ who }}:\n\na = 1"


def test_a_model_or_provider_of_the_line_takes_the_place_of_the_templates(shell):
    save()
    assert applied(shell, "claude --template review", "x")[0].get("model") is None
    assert applied(shell, "-p groq --template review", "x")[0].get("model") is None


def test_a_value_of_the_line_comes_before_a_variable_and_that_before_a_default(shell):
    save()
    assert applied(shell, "--template review --with tone=kind", "x")[0].parameters == {
        "tone": "kind"
    }
    shell.user_ns["tone"] = "rude"
    assert applied(shell, "--template review", "x")[0].parameters == {}
    line, _ = applied(shell, "--template review --with who=Bob --with tone=a=b", "x")
    assert line.parameters == {"who": "Bob", "tone": "a=b"}


def test_what_has_no_value_is_named_before_anything_is_sent(shell):
    save()
    del shell.user_ns["who"]
    with pytest.raises(UsageError, match=r"needs who\..*--with who="):
        applied(shell, "--template review", "x")
    shell.user_ns["who"] = "Ada"
    with pytest.raises(UsageError, match="around the words of a cell"):
        applied(shell, "--template review", "")


def test_words_of_a_cell_go_below_a_template_without_a_place_for_them(shell):
    save("Say in one sentence:", "short")
    assert applied(shell, "--template short", "Why?\n")[1] == "Say in one sentence:\n\nWhy?"
    assert applied(shell, "--template short", "")[1] == "Say in one sentence:"


def test_raw_leaves_the_braces_of_the_cell_alone(shell):
    save()
    _, cell = applied(shell, "--template review --raw", "{{ not this }} {{")
    assert cell == "Review in plain words for Ada:\n\n{{ not this }} {{"


def test_expressions_need_only_the_names_from_outside(shell):
    kept = save("{{ sum(len(x) for x in rows) }} {{ (lambda y: y)(a) }} {{ cell }}", "sums")
    assert kept.parameters == ("rows", "a", "cell")
    assert kept.fill(rows=["ab"], a=1, cell="x") == "2 1 x"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("temprature = 1", "'temprature'.*Did you mean 'temperature'"),
        ("template = 'x'", "no option 'template'"),
        ("effort = 'huge'", "--effort cannot be 'huge'"),
        ("temperature = 'warm'", "needs a number"),
        ("whole = 1", "true or false"),
        ("model = true", "needs a value"),
    ],
)
def test_a_head_with_a_mistake_is_named_with_its_file(shell, head, said):
    save(f"+++\n{head}\n+++\nHi {{{{ who }}}}.", "odd")
    with pytest.raises(ConfigError, match=said) as wrong:
        applied(shell, "--template odd", "x")
    assert "odd.md" in wrong.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("+++\nmodel = \n+++\nHi", "not valid TOML"),
        ("+++\nmodel = 'x'\nHi", "is missing"),
        ("+++\n+++\n\n", "holds no words"),
        ("+++\nwith = 1\n+++\nHi", "a table"),
    ],
)
def test_what_is_no_template_is_not_kept(text, said):
    with pytest.raises(ConfigError, match=said):
        save(text)
    assert nbprovider.templates.all() == {}


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "a b"])
def test_a_name_stays_in_the_folder(name):
    with pytest.raises(UsageError, match="cannot be a template's name"):
        save(name=name)


def test_a_key_is_not_kept():
    with pytest.raises(UsageError, match="looks like a key"):
        save("Use sk-ant-api03-" + "a1B2c3D4e5F6g7H8" * 5)
    assert nbprovider.templates.names() == []


def test_with_needs_a_name_and_a_value(shell):
    with pytest.raises(UsageError, match="--with needs NAME=VALUE"):
        applied(shell, "--with tone", "x")
    assert applied(shell, "--with tone=kind", "x")[0].parameters == {"tone": "kind"}


def test_a_template_lives_through_all_the_words(shell):
    assert "none yet" in shown("template")
    shell.history_manager.input_hist_raw += [
        "%%chat claude -t 0.5 --stop A --stop B -o x -c paper\nExplain {{ thing }}.\n\nShortly.",
        "%provider template save clear",
    ]
    assert "It needs thing" in shown("template save clear")
    kept = nbprovider.templates.show("clear")
    assert kept.text == "Explain {{ thing }}.\n\nShortly."
    assert kept.options == {"model": "claude", "temperature": 0.5, "stop": ["A", "B"]}
    with pytest.raises(UsageError, match=r"already.*--replace"):
        provider.run("template save clear")
    shown("template save clear --replace")
    assert "temperature = 0.5" in shown("template show clear")
    row = next(r for r in provider.run("template list").rows if r[0] == "clear")
    assert row == ("clear", "thing", "claude", "")
    assert "is gone" in shown("template delete clear")
    with pytest.raises(UsageError, match="no template 'clear'"):
        provider.run("template show clear")


def test_a_question_of_one_line_is_saved_too(shell):
    shell.history_manager.input_hist_raw.append("%chat -t 0 why is the {{ what }} blue?")
    shown("template save blue")
    assert nbprovider.templates.show("blue").text == "why is the {{ what }} blue?"


def test_without_a_question_there_is_nothing_to_save(shell):
    with pytest.raises(UsageError, match="Nothing was asked"):
        provider.run("template save x")


@pytest.mark.parametrize("text", [REVIEW, "It's '''odd''' \\n {{ x }}'", "plain\\alpha"])
def test_a_cell_to_edit_saves_what_it_shows(shell, text):
    save(text)
    shown("template edit review")
    before = nbprovider.templates.show("review")
    nbprovider.templates.delete("review")
    exec(shell.cells[-1], {})
    assert nbprovider.templates.show("review") == before
    shown("template edit fresh")
    exec(shell.cells[-1], {})
    assert nbprovider.templates.show("fresh").defaults == {"tone": "plain"}


def test_a_broken_file_does_not_hide_the_others(shell):
    save()
    (config.home().config / "templates" / "bad.md").write_text("+++\nx\n")
    rows = {row[0]: row for row in provider.run("template").rows}
    assert rows["review"][1:] == ("who, cell", "groq:tiny", "Look at code")
    assert "is missing" in rows["bad"][3]


def test_a_file_made_by_hand_on_windows_is_read():
    folder = config.made(config.home().config / "templates")
    (folder / "hand.md").write_bytes(b"\xef\xbb\xbf+++\r\nmodel = 'x'\r\n+++\r\nHi {{ who }}\r\n")
    found = nbprovider.templates.show("hand")
    assert (found.text, found.options) == ("Hi {{ who }}", {"model": "x"})


def test_names_and_parameters_are_completed(shell):
    save()
    assert complete("%%chat --template ") == ["review"]
    assert set(complete("%%chat --template review --with ")) == {"who=", "tone="}
    assert complete("%provider template ") == list(template.WORDS)
    assert complete("%provider template show ") == ["review"]
    assert "--replace" in complete("%provider template save x ")
    assert complete("%%chat --with ") == []


def test_a_template_may_say_every_option_but_those_that_make_no_sense():
    names = {option.name for option in OPTIONS}
    assert set(template.KEPT) <= names
    assert {"template", "with"} <= names


def test_every_word_is_explained_as_it_is_used():
    page = (Path(__file__).parents[2] / "docs" / "chat.md").read_text(encoding="utf-8")
    used = [f"%provider template {n} {w.usage}".rstrip() for n, w in template.WORDS.items()]
    assert all(f"| `{line}` |" in page for line in used)


def test_the_template_that_is_shown_is_one():
    page = (Path(__file__).parents[2] / "docs" / "chat.md").read_text(encoding="utf-8")
    shown_there = page[page.index("+++\ndescription") :].partition("```")[0]
    assert save(shown_there).parameters == ("tone", "focus", "cell")
