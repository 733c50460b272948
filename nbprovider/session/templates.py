"""Templates in the configuration folder: `nbprovider.templates`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nbprovider import config
from nbprovider.credentials.edge import edged
from nbprovider.credentials.redaction import holds_key
from nbprovider.errors import ConfigError, NbproviderError, UsageError
from nbprovider.session.template import Template, parsed
from nbprovider.spelling import did_you_mean
from nbprovider.view import Table

NAME = re.compile(r"\w[\w.-]*")

SUFFIX = ".md"


@edged
class Templates:
    """The templates of this user, a file each; as the last line of a cell a table of them."""

    def all(self) -> dict[str, Template]:
        """Return name → template; a file that makes no sense is left out."""
        return {one.name: one for one in self._each() if isinstance(one, Template)}

    def show(self, name: str) -> Template:
        """Return one; raises UsageError where there is none, ConfigError for a bad file."""
        path = self.path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            hint = did_you_mean(name, self.names()) or "`%provider template list` shows all."
            raise UsageError(f"There is no template {name!r}.", hint=hint) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}.", hint="Correct it.") from None
        return parsed(name, text, str(path))

    def fill(self, name: str, **values: object) -> str:
        """Return a template's question with these values in it."""
        return self.show(name).fill(**values)

    def save(self, name: str, text: str) -> Template:
        """Keep a template in place of an earlier one of its name; return it.

        `text` is all of the file: the question, above it what it says of itself between two lines
        `+++`. Raises ConfigError for a head that makes no sense, UsageError for a name that cannot
        be and for words that hold a key.
        """
        path = self.path(name)
        template = parsed(name, text.strip("\n"), f"the template {name}")
        if holds_key(text):
            raise UsageError(
                f"The template {name} holds what looks like a key.",
                hint="Take it out: a template is a plain file.",
            )
        try:
            config.made(path.parent)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_text(template.file(), encoding="utf-8", newline="\n")
            fresh.replace(path)
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written: {error.strerror or error}.",
                hint="Make the folder writable.",
            ) from None
        return template

    def delete(self, name: str) -> None:
        """Delete a template's file; raises UsageError where there is none."""
        path = self.path(name)
        if not path.exists():
            self.show(name)
        path.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the names of all, in their order."""
        return sorted(path.stem for path in _folder().glob(f"*{SUFFIX}") if _fits(path.stem))

    def path(self, name: str) -> Path:
        """Return the path of a template's file, which need not exist; raises UsageError."""
        if not _fits(name):
            raise UsageError(
                f"{name!r} cannot be a template's name.",
                hint="Take letters, digits, and - _ . between them.",
            )
        return _folder() / f"{name}{SUFFIX}"

    def table(self) -> Table:
        """Return all templates, a row each."""
        rows = tuple(_row(one) for one in self._each())
        none = (("none yet", "", "", "`%provider template save NAME` keeps the last question"),)
        note = f"`%%chat --template NAME` asks by one. They are files in {_folder()}."
        return Table(("template", "needs", "model", "what it is for"), rows or none, note=note)

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the templates in any front end."""
        return self.table()._repr_mimebundle_()

    def _each(self) -> Iterator[Template | tuple[str, NbproviderError]]:
        for name in self.names():
            try:
                yield self.show(name)
            except NbproviderError as error:
                yield name, error


def _fits(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def _folder() -> Path:
    return config.home().config / "templates"


def _row(one: Template | tuple[str, NbproviderError]) -> tuple[str, str, str, str]:
    if isinstance(one, Template):
        needs = ", ".join(one.lacking({}))
        return (one.name, needs, str(one.options.get("model", "")), one.description)
    name, error = one
    return (name, "", "", error.message)


templates = Templates()
