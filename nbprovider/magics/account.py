"""`%provider account`: the accounts of the vault, one word for each thing that can be done."""

from __future__ import annotations

from typing import Any, cast

from nbprovider.credentials import vault
from nbprovider.errors import UsageError
from nbprovider.magics import subwords
from nbprovider.magics.options import Line, Option, parse_words
from nbprovider.magics.stray_key import stray
from nbprovider.magics.subwords import Subword
from nbprovider.session import kept, keys
from nbprovider.session.accounts import accounts
from nbprovider.session.details import Details, NamedDetails
from nbprovider.session.entry import Entry, Listing
from nbprovider.view import Note

NAME = Option(("--name",), "NAME", "what to call it; the provider's name when left out")
OWN: tuple[Option, ...] = (
    Option(("--base-url",), "URL", "its own address"),
    Option(("--service",), "NAME=URL", "the whole address of tts, stt, embeddings, …", many=True),
    Option(("-m", "--model"), "MODEL", "its own default model"),
    Option(("--protocol",), "NAME", "what is spoken at its address"),
    Option(("--field",), "NAME=VALUE", "a part of the address, as region=eu-west-1", many=True),
)
REMOVED = Option(("--removed",), "", "those that were removed")
YES = Option(("--yes",), "", "do not ask whether this is meant")


def run(name: str = "list", *rest: str) -> Any:
    """Run a word of `%provider account`, return what the cell shows.

    Raises UsageError, with the nearest right spelling, for a word or an option that there is not.
    """
    word = subwords.find("account", WORDS, name)
    words = parse_words(rest, word.options).words
    if name in ENTERING and len(words) > word.at_most:
        raise stray(words[word.at_most :], subwords.used("account", name, word))
    return subwords.run("account", WORDS, name, rest)


def _list(line: Line) -> Listing:
    return accounts.removed() if line.get("removed") else accounts.list()


def _add(line: Line) -> Entry:
    more = cast("NamedDetails", _details(line))
    if name := line.get("name"):
        more["name"] = name
    return accounts.add(line.words[0], **more)


def _edit(line: Line) -> Entry:
    (name,) = line.words
    more = _details(line)
    if not more:
        options = ", ".join(option.spellings[-1] for option in OWN)
        raise UsageError(
            "Nothing was given to change.",
            hint=f"Take one of {options}; `%provider key {name}` changes the key.",
        )
    return accounts.edit(name, keys.for_change(vault(), name, more), **more)


def _removed(line: Line) -> Note:
    gone = accounts.remove(line.words[0])
    if gone.removed is None:
        return Note(f"The damaged record of {gone.name} is gone for good.")
    return Note(
        f"{gone.name} is removed; `%provider account restore {gone.name}` brings it back,"
        f" `%provider account purge {gone.name}` ends it for good."
    )


def _purged(line: Line) -> Note:
    name = kept.removed(vault(), line.words[0]).name
    if not line.get("yes"):
        _confirm(name)
    gone = accounts.purge(name)
    return Note(f"{gone.name} is gone for good, and its key with it. Nothing brings it back.")


def _confirm(name: str) -> None:
    """Have the account's name typed; raises UsageError when it is not, or nobody can be asked."""
    try:
        typed = input(f"Nothing brings {name} back after this. Type its name to go on: ")
    # A kernel whose front end cannot ask raises a NotImplementedError of IPython's.
    except (NotImplementedError, EOFError, OSError):
        raise UsageError(
            "Nobody can be asked here whether this is meant.",
            hint=f"`%provider account purge {name} --yes` does not ask.",
        ) from None
    if typed.strip().casefold() != name.casefold():
        raise UsageError("Something else was typed; the account is still there.")


def _preferred(line: Line) -> Note:
    first = accounts.prefer(line.words[0])
    return Note(f"{first.name} comes before the other accounts of {first.provider} now.")


def _exported(line: Line) -> Note:
    path = accounts.export(line.words[0])
    return Note(f"The accounts are in {path}, without their keys.")


def _renamed(line: Line) -> Note:
    was, new = line.words
    return Note(f"{was} is called {accounts.rename(was, new).name} now.")


def _details(line: Line) -> Details:
    told = Details()
    if (url := line.get("base_url")) is not None:
        told["base_url"] = url
    if (model := line.get("model")) is not None:
        told["model"] = model
    if (protocol := line.get("protocol")) is not None:
        told["protocol"] = protocol
    if services := line.get("service"):
        told["services"] = dict(_pair("--service", text) for text in services)
    if fields := line.get("field"):
        told["fields"] = dict(_pair("--field", text) for text in fields)
    return told


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(
            f"{option} needs NAME=VALUE, not {text!r}.", hint=f"As: {option} {EXAMPLES[option]}"
        )
    return name, value


EXAMPLES = {"--service": "tts=https://HOST/v1/audio/speech", "--field": "region=eu-west-1"}

WORDS: dict[str, Subword] = {
    "list": Subword(_list, "[--removed]", "the accounts of the vault", (REMOVED,)),
    "add": Subword(
        _add, "PROVIDER [OPTIONS]", "keep a new account; asks for its key", (NAME, *OWN), 1, 1
    ),
    "show": Subword(
        lambda line: accounts.show(line.words[0]), "NAME", "all but its secret", (), 1, 1
    ),
    "edit": Subword(
        _edit, "NAME OPTIONS", "change it; an empty value is the provider's", OWN, 1, 1
    ),
    "rename": Subword(_renamed, "NAME NEW", "call it otherwise", (), 2, 2),
    "test": Subword(
        lambda line: accounts.test(line.words[0]), "NAME", "ask it for one word", (), 1, 1
    ),
    "prefer": Subword(_preferred, "NAME", "take it where only its provider is named", (), 1, 1),
    "remove": Subword(_removed, "NAME", "take it out of use", (), 1, 1),
    "restore": Subword(
        lambda line: accounts.restore(line.words[0], line.get("name", "")),
        "NAME [--name NEW]",
        "bring back what was removed",
        (NAME,),
        1,
        1,
    ),
    "purge": Subword(
        _purged, "NAME [--yes]", "end what was removed, for good, with its key", (YES,), 1, 1
    ),
    "export": Subword(
        _exported, "FILE", "write all to a .toml or .json file, without keys", (), 1, 1
    ),
    "import": Subword(
        lambda line: accounts.import_(line.words[0]), "FILE", "add those of such a file", (), 1, 1
    ),
}
"""The words by name, in the order of a life."""

ENTERING = ("add", "edit")
"""Words after which somebody may write a key on the line."""
