"""The documentation names everything there is, is up to date, and leads nowhere astray."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import nbprovider
from nbprovider import catalog, config, errors, magics, protocols
from nbprovider.catalog.provider import Best, Guide, Kind, ModelList, Provider, Quirks, Retiring
from nbprovider.ledger import Ledger, costs, frames
from nbprovider.ledger.attempt import Status
from nbprovider.ledger.pricing import Source
from nbprovider.magics import aside, chats
from nbprovider.magics.complete import EMBEDDED
from nbprovider.magics.costs import OPTIONS as COST_OPTIONS
from nbprovider.magics.options import OPTIONS, described
from nbprovider.magics.provider import WORDS
from nbprovider.routing import ROLES
from nbprovider.session import Words
from nbprovider.types.events import Reason
from nbprovider.view import FORMATS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
OF_PROVIDERS = sorted((DOCS / "providers").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")), *OF_PROVIDERS]

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def columns(name: str, number: int = 0) -> set[str]:
    """Return the code spans in one column of a page's tables."""
    rows = (line.split(" | ") for line in page(name).splitlines() if line.startswith("| "))
    cells = (row[number] for row in rows if len(row) > number)
    return {span for cell in cells for span in re.findall(r"`([^`]+)`", cell)}


def headings(text: str) -> list[str]:
    """Return a page's headings; what looks like one in a fence is none."""
    return HEADING.findall(FENCE.sub("", text))


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def blocks(path: Path, language: str) -> list[str]:
    found = FENCE.findall(path.read_text(encoding="utf-8"))
    return [body for _, name, body in found if name == language]


@pytest.fixture
def helps() -> dict[str, str]:
    """Return the magics' help by their names."""
    return {name: function.__doc__ for _, name, function in magics._magics(None)}


def test_every_magic_has_its_section(helps):
    assert {"chat", "provider", "fix", "explain"} == set(helps)
    titles = {title.strip("`") for title in headings(page("magics"))}
    assert {"%%chat", "%chat", "%provider", "%fix", "%explain"} <= titles


@pytest.mark.parametrize("name", ["fix", "explain"])
def test_the_help_of_a_magic_that_asks_lists_exactly_the_options_that_it_takes(helps, name):
    told = helps[name].split("Options of %%chat that it takes:")[1].split("\n\n")[0]
    assert set(re.findall(r"--[a-z-]+", told)) == {o.spellings[-1] for o in aside.OPTIONS}


def test_every_word_of_provider_is_explained_as_it_is_used():
    rows = columns("magics")
    used = {f"%provider {name} {word.usage}".rstrip() for name, word in WORDS.items()}
    used = {line.replace("install|status|stop", "WORD") for line in used}
    assert used <= rows


def test_every_word_of_chats_is_explained_as_it_is_used():
    used = {f"%provider chats {name} {word.usage}".rstrip() for name, word in chats.WORDS.items()}
    assert used - {"%provider chats list [--deleted]"} <= columns("chats")
    assert {"%provider chats list", "--deleted"} <= columns("chats", 1)


@pytest.mark.parametrize("word", EMBEDDED)
def test_every_word_of_the_embedded_model_is_explained(word):
    assert f"%provider embedded {word}" in columns("embedded")
    assert f"python -m nbprovider.embedded {word}" in columns("embedded", 1)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda o: o.name)
def test_every_spelling_and_every_choice_of_an_option_is_explained(option):
    *short, long = option.spellings
    row = next(line for line in page("magics").splitlines() if f"`{long}{value(option)}`" in line)
    assert all(f"`{spelling}`" in row for spelling in short)
    assert all(f"`{choice}`" in row for choice in option.choices)


def value(option) -> str:
    return f" {option.value}" if option.value else ""


def test_every_format_is_explained():
    assert set(FORMATS) <= columns("magics")


def test_the_help_in_the_notebook_lists_exactly_the_options(helps):
    lines = [line.strip() for line in helps["chat"].splitlines()]
    begin = lines.index("Options:") + 1
    assert lines[begin : lines.index("", begin)] == [s.strip() for s in described().splitlines()]


def test_the_help_in_the_notebook_lists_exactly_the_words(helps):
    lines = [line.split() for line in helps["provider"].splitlines()]
    told = [line[1] for line in lines if line[:1] == ["%provider"] and line[1] in WORDS]
    first = [line for line in lines if line[:1] == ["%provider"]]
    assert told == list(WORDS)
    assert len(first) == len(WORDS) + 1  # and one without a word


def all_errors() -> list[str]:
    found = (thing for thing in vars(errors).values() if isinstance(thing, type))
    return [e.__name__ for e in found if issubclass(e, errors.NbproviderError)]


@pytest.mark.parametrize("name", all_errors())
def test_every_error_has_its_section(name):
    assert name in headings(page("errors"))


def test_the_errors_that_are_tried_again_are_told():
    row = next(line for line in page("errors").splitlines() if line.endswith("| yes |"))
    tried = {name for name in all_errors() if getattr(errors, name).may_retry}
    assert set(re.findall(r"`(\w+)`", row)) == tried


def test_the_errors_that_nobody_raises_are_marked_so():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "nbprovider").rglob("*.py")
        if path.name != "errors.py"
    )
    sections = re.split(r"^## ", page("errors"), flags=re.MULTILINE)[1:]
    marked = {s.split("\n")[0] for s in sections if "Not raised yet" in s}
    assert marked == {name for name in all_errors() if not re.search(rf"\b{name}\b", code)}


def test_every_setting_is_explained_and_no_other():
    text = page("configuration")
    settings = text[text.index("## Settings") : text.index("## Environment")]
    rows = {line.split("`")[1] for line in settings.splitlines() if line.startswith("| `")}
    assert rows == set(config.Settings.__struct_fields__)


def test_the_settings_shown_are_the_defaults():
    text = next(body for body in blocks(DOCS / "configuration.md", "toml") if "tries" in body)
    path = config.settings_file()
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert config.settings() == config.Settings()


def test_every_variable_of_our_own_is_explained():
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "nbprovider").rglob("*.py"))
    ours = set(re.findall(r'"(NBPROVIDER_[A-Z_]+)"', code))
    assert {config.HOME, config.MODEL} <= ours <= columns("configuration")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_named(role):
    assert f"`{role}`" in page("models")
    assert f"`{role}`" in page("configuration")


@pytest.mark.parametrize("name", nbprovider.__all__)
def test_every_public_name_has_a_section_with_an_example(name):
    sections = re.split(r"^## ", page("python"), flags=re.MULTILINE)[1:]
    section = next(s for s in sections if f"`{name}`" in s.split("\n")[0])
    assert "```python" in section


def test_every_word_of_the_python_functions_is_explained():
    assert set(Words.__annotations__) <= columns("python")


def test_every_provider_is_listed_and_has_a_page():
    linked = {target for target in LINK.findall(page("providers")) if "/" in target}
    assert {f"providers/{key}.md" for key in catalog.load()} <= linked
    assert {path.stem for path in OF_PROVIDERS} == set(catalog.load())


@pytest.mark.parametrize("kind", [Provider, Quirks], ids=lambda k: k.__name__)
def test_every_key_of_a_provider_file_is_explained(kind):
    assert set(kind.__struct_fields__) - {"key"} <= columns("configuration")
    parts = (ModelList, Guide, Best, Retiring)
    fields = [name for part in parts for name in part.__struct_fields__]
    assert all(f"`{name}`" in page("configuration") for name in fields)


def test_every_key_of_a_login_is_explained_and_every_way_it_fails():
    assert set(catalog.OAuth.__struct_fields__) <= columns("login")
    codes = re.findall(r"`(\w+)`", errors.LoginFailed.__doc__)
    assert "denied" in codes
    assert set(codes) <= columns("errors")


@pytest.mark.parametrize("protocol", sorted(protocols.OWN))
def test_every_protocol_is_explained(protocol):
    assert protocol in columns("configuration")


def test_the_provider_file_shown_is_one_that_works():
    text = next(
        body for body in blocks(DOCS / "configuration.md", "toml") if "campus" in body.lower()
    )
    folder = config.home().config / "providers"
    folder.mkdir(parents=True)
    (folder / "campus.toml").write_text(text, encoding="utf-8")
    catalog.forget()
    assert catalog.find("campus").default_model == "llama-3.3-70b"


@pytest.fixture
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lists_of_providers_are_what_the_generator_makes(generate):
    readme = generate.README.read_text(encoding="utf-8")
    assert page("providers") == generate.page(), "run `python docs/generate.py`"
    assert readme == generate.readme(readme), "run `python docs/generate.py`"
    alive = (p for p in catalog.load().values() if p.kind != "retired")
    assert all(provider.name in readme for provider in alive)


def test_the_pages_of_providers_are_what_the_generator_makes(generate):
    found = {path.name: path.read_text(encoding="utf-8") for path in OF_PROVIDERS}
    assert found == generate.pages(), "run `python docs/generate.py`"


def test_a_page_of_a_provider_tells_what_a_newcomer_needs(generate):
    for provider in generate.providers():
        text = (DOCS / "providers" / f"{provider.key}.md").read_text(encoding="utf-8")
        assert all(step in text for step in provider.guide.steps)
        assert all(f"`{name}`" in text for name in (*provider.env, *provider.base_url_env))
        assert all(line in text for line in provider.guide.trouble)
        assert all(f"| `{model}` |" in text for model in (*provider.retired, *provider.retiring))
        assert not provider.key_url or f"<{provider.key_url}>" in text


def test_the_generator_knows_every_protocol_and_kind_by_name(generate):
    assert set(generate.PROTOCOLS) >= protocols.OWN
    assert set(get_args(Kind)) == set(generate.KINDS)


def test_every_column_of_the_usage_table_is_explained_in_order(tmp_path):
    rows = [line for line in page("usage-and-cost").splitlines() if line.startswith("| `")]
    wanted = list(frames.usage(Ledger(tmp_path / "ledger.db")).columns)
    assert [row.split("`")[1] for row in rows][: len(wanted)] == wanted


def test_every_word_and_column_and_option_of_cost_is_explained():
    told = columns("usage-and-cost")
    assert {*costs.BY, *costs.SUMS} <= told
    spelled = " ".join(told)
    assert all(option.spellings[-1] in spelled for option in COST_OPTIONS)


def test_every_status_finish_and_cost_source_is_explained():
    text = page("usage-and-cost")
    assert all(f"`{reason}`" in text for reason in get_args(Reason))
    assert all(f"`{status}`" in text for status in get_args(Status))
    assert set(get_args(Source)) <= columns("usage-and-cost")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_links_lead_to_what_exists(path):
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), f"{path.name}: {target}"
        assert file.is_relative_to(ROOT), f"{path.name}: {target}"
        if fragment:
            found = {anchor(title) for title in headings(file.read_text(encoding="utf-8"))}
            assert fragment in found, f"{path.name}: {target}"


def test_every_page_is_reached_from_the_map():
    linked = {target.partition("#")[0] for target in LINK.findall(page("index"))}
    assert {path.name for path in DOCS.glob("*.md")} - {"index.md"} <= linked | {"benchmarks.md"}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_python_blocks_compile(path):
    for block in blocks(path, "python"):
        compile(block, str(path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_commands_of_the_readme_are_those_that_ci_calls():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = {s.split("\n")[0]: s for s in re.split(r"^## ", readme, flags=re.MULTILINE)}
    commands = [FENCE.search(sections[title])[3].strip() for title in ("Try it", "Test it")]
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(commands) <= set(run)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_commands_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    named = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    assert named
    assert set(named) <= targets


def test_the_layers_shown_are_those_that_are_checked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    assert "\n".join(layers) + "\n" in blocks(DOCS / "development.md", "text")
