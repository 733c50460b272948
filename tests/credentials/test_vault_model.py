"""Random sequences of changes: the vault does what a plain list would."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nbprovider.credentials import Secret, Vault
from nbprovider.errors import NbproviderError
from vaults import account, again, key, sealed_by_machine

NAMES = st.sampled_from(["a", "A", "b", "c", "d"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), NAMES),
        st.tuples(st.just("rename"), NAMES, NAMES),
        st.tuples(st.just("move"), NAMES),
        st.tuples(st.just("seal"), NAMES),
        st.tuples(st.just("remove"), NAMES),
        st.tuples(st.just("restore"), NAMES),
        st.tuples(st.just("purge"), NAMES),
        st.tuples(st.just("prefer"), NAMES),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_it_does_what_a_plain_list_would(steps, tmp_path_factory):
    vault = sealed_by_machine(tmp_path_factory.mktemp("model"))
    model = Model()
    for number, (word, name, *more) in enumerate(steps):
        model.number = number
        outcome = attempt(getattr(model, word), name, *more)
        assert attempt(real, vault, word, name, number, *more) == outcome
    seen = again(vault)
    assert [(one.name, one.base_url, seen.secret(one).reveal()) for one in seen.accounts()] == [
        (row["name"], row["url"], row["key"]) for row in model.rows if not row["removed"]
    ]
    assert [one.name for one in seen.removed()] == [r["name"] for r in model.rows if r["removed"]]


def attempt(act, *about) -> str:
    try:
        act(*about)
    except (NbproviderError, LookupError, StopIteration):
        return "refused"
    return "done"


def real(vault: Vault, word: str, name: str, number: int, *more: str) -> None:
    if word == "add":
        vault.add(account(name), key(f"sk-{number}"))
        return
    pool = vault.removed() if word == "restore" else vault.accounts()
    at = next(one.id for one in pool if one.name.casefold() == name.casefold())
    edits = {
        "rename": lambda one: replace(one, name=more[0]),
        "move": lambda one: replace(one, base_url=f"https://{number}.example"),
        "remove": lambda one: replace(one, deleted_at=datetime.now(UTC)),
        "restore": lambda one: replace(one, deleted_at=None),
    }
    if word in edits:
        vault.change(at, edits[word])
    elif word == "seal":
        vault.seal(at, "key", Secret(f"sk-{number}"))
    else:
        getattr(vault, word)(at)


class Model:
    """A vault that is a list."""

    def __init__(self) -> None:
        self.rows: list[dict] = []
        self.number = 0

    def row(self, name: str, *, removed: bool = False) -> dict:
        for row in self.rows:
            if row["name"].casefold() == name.casefold() and row["removed"] is removed:
                return row
        raise LookupError(name)

    def free(self, name: str, but: dict | None = None) -> None:
        same = (r for r in self.rows if r["name"].casefold() == name.casefold())
        if any(row is not but and not row["removed"] for row in same):
            raise LookupError(name)

    def add(self, name: str) -> None:
        self.free(name)
        self.rows.append({"name": name, "key": f"sk-{self.number}", "url": "", "removed": False})

    def rename(self, name: str, new: str) -> None:
        row = self.row(name)
        self.free(new, row)
        row["name"] = new

    def move(self, name: str) -> None:
        self.row(name)["url"] = f"https://{self.number}.example"

    def seal(self, name: str) -> None:
        self.row(name)["key"] = f"sk-{self.number}"

    def remove(self, name: str) -> None:
        self.row(name)["removed"] = True

    def restore(self, name: str) -> None:
        row = self.row(name, removed=True)
        self.free(row["name"])
        row["removed"] = False

    def purge(self, name: str) -> None:
        self.rows.remove(self.row(name))

    def prefer(self, name: str) -> None:
        row = self.row(name)
        self.rows.remove(row)
        self.rows.insert(0, row)
