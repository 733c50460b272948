"""Processes that fight for one vault, and are killed: run as a program, which forks while warm.

A fork of a process that has imported all, and has one thread, starts in a millisecond.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from nbprovider.credentials import Secret, Stored, Vault, vault_disk
from nbprovider.credentials.stored import new_id

SHARED = "shared"


def fight(path: Path, processes: int, edits: int) -> dict:
    """Let processes make random edits at once; return what each thinks that it left."""
    vault = Vault(path)
    vault.add(Stored(new_id(), "x", SHARED, fields={"n": "0"}), {"key": Secret("sk-shared")})
    told = [path.with_name(f"told-{number}") for number in range(processes)]
    jobs = [forked(lambda n=n, to=to: to.write_text(json.dumps(edit(path, n, edits))))
            for n, to in enumerate(told)]  # fmt: skip
    failed = sum(os.waitpid(job, 0)[1] != 0 for job in jobs)
    return {"failed": failed, "left": [json.loads(to.read_text()) for to in told]}


def edit(path: Path, number: int, edits: int) -> dict:
    """Make random edits to accounts of one's own, and count in a shared one."""
    dice, vault, mine, counted = random.Random(number), Vault(path), {}, 0
    for step in range(edits):
        word = dice.choice(["add", "rename", "seal", "move", "remove", "purge", "prefer", "count"])
        name = dice.choice(list(mine) or [""])
        if word == "count":
            vault.change(vault.find(SHARED).id, count)
            counted += 1
        elif word == "add" or not mine:
            name = f"{number}-{step}"
            kept = vault.add(Stored(new_id(), "x", name), {"key": Secret(f"sk-{name}")})
            mine[name] = {"id": kept.id, "url": "", "key": f"sk-{name}", "removed": False}
        else:
            EDITS[word](vault, mine, name, f"{number}-{step}")
    return {"mine": mine, "counted": counted}


def count(one: Stored) -> Stored:
    return replace(one, fields={"n": str(int(one.fields["n"]) + 1)})


def rename(vault: Vault, mine: dict, name: str, new: str) -> None:
    vault.change(mine[name]["id"], lambda one: replace(one, name=new))
    mine[new] = mine.pop(name)


def seal(vault: Vault, mine: dict, name: str, new: str) -> None:
    vault.seal(mine[name]["id"], "key", Secret(f"sk-{new}"))
    mine[name]["key"] = f"sk-{new}"


def move(vault: Vault, mine: dict, name: str, new: str) -> None:
    vault.change(mine[name]["id"], lambda one: replace(one, base_url=f"https://{new}.example"))
    mine[name]["url"] = f"https://{new}.example"


def remove(vault: Vault, mine: dict, name: str, new: str) -> None:
    at = None if mine[name]["removed"] else datetime.now(UTC)
    vault.change(mine[name]["id"], lambda one: replace(one, deleted_at=at))
    mine[name]["removed"] = not mine[name]["removed"]


def purge(vault: Vault, mine: dict, name: str, new: str) -> None:
    vault.purge(mine.pop(name)["id"])


def prefer(vault: Vault, mine: dict, name: str, new: str) -> None:
    vault.prefer(mine[name]["id"])


EDITS = {"rename": rename, "seal": seal, "move": move, "remove": remove, "purge": purge,
         "prefer": prefer}  # fmt: skip


def kill(path: Path, times: int) -> dict:
    """Kill writing processes at random moments, and look at the vault after each."""
    Vault(path).add(Stored(new_id(), "x", "n-0", model="0"), {"key": Secret("sk-0")})
    return killed(path, times, write)


def kill_rekeying(path: Path, times: int) -> dict:
    """Kill processes that re-key the vault by the keychain."""
    for number in range(5):
        one = Stored(new_id(), "x", f"n-{number}", model=str(number))
        Vault(path).add(one, {"key": Secret(f"sk-{number}")})
    return killed(path, times, rekey)


def killed(path: Path, times: int, work: Callable[[Path], None]) -> dict:
    dice, halfway, done = random.Random(7), 0, 0
    longest = 0.005 + 12 * paced(path)
    for _ in range(times):
        ready, started = os.pipe()
        job = forked(lambda s=started: (os.write(s, b"."), work(path)))
        os.read(ready, 1)
        time.sleep(dice.uniform(0, longest))
        os.kill(job, signal.SIGKILL)
        os.waitpid(job, 0)
        os.close(ready)
        os.close(started)
        halfway += (path.parent / ".vault.new").exists()
        done += look(path)
    return {"halfway": halfway, "done": done, "accounts": len(Vault(path).accounts())}


def paced(path: Path) -> float:
    """Return the seconds that a write takes here: a busy machine takes longer to get anywhere."""
    began = time.monotonic()
    for _ in range(10):
        Vault(path).prefer(Vault(path).accounts()[-1].id)
    return (time.monotonic() - began) / 10


def write(path: Path) -> None:
    vault = Vault(path)
    while True:
        newest = max(int(one.model) for one in vault.accounts()) + 1
        one = Stored(new_id(), "x", f"n-{newest}", model=str(newest))
        vault.add(one, {"key": Secret(f"sk-{newest}")})
        while len(vault.accounts()) > 5:
            vault.purge(vault.accounts()[0].id)


def rekey(path: Path) -> None:
    while True:
        Vault(path).rekey("keychain")


def look(path: Path) -> bool:
    """Say whether the vault changed since; every record must be whole, in its own words."""
    vault_disk_seen = path.read_bytes()
    vault = Vault(path)
    assert vault.damaged() == ()
    assert vault.accounts()
    for one in vault.accounts():
        secret = vault.secret(one)
        assert one.name == f"n-{one.model}"
        assert secret.reveal() == f"sk-{one.model}"
    changed = SEEN.get(path) != vault_disk_seen
    SEEN[path] = vault_disk_seen
    return changed


SEEN: dict[Path, bytes] = {}


def crash(path: Path) -> dict:
    """End the process before every line of the module that writes, one line further each time."""
    vault = Vault(path)
    kept = vault.add(Stored(new_id(), "x", "work", model="0"), {"key": Secret("sk-1")})
    outcomes = []
    for line in range(1000):
        before = path.read_bytes()
        job = forked(lambda at=line: stopped_at(at, lambda: vault.change(kept.id, bump)))
        code = os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])
        now = Vault(path)
        (one,) = now.accounts()
        assert now.damaged() == ()
        assert now.secret(one).reveal() == "sk-1"
        outcomes.append("old" if path.read_bytes() == before else "new")
        if code == 0:
            break
        now.change(one.id, lambda one: replace(one, name="work"))  # the next writer is not held up
    left = sorted(p.name for p in path.parent.iterdir())
    return {"outcomes": outcomes, "left": left}


def bump(one: Stored) -> Stored:
    return replace(one, model=str(int(one.model) + 1))


def inherit(path: Path) -> dict:
    """Fork while the lock is held; the child waits for it, and then goes on."""
    vault = Vault(path)
    with vault.locked():
        vault.add(Stored(new_id(), "x", "parent"), {})
        one = Stored(new_id(), "x", "child")
        job = forked(lambda: (vault.add(one, {"key": Secret("sk")}), vault.prefer(one.id)))
        time.sleep(0.1)
        assert vault.find("child") is None
    return {"code": os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])}


def stopped_at(line: int, act: Callable[[], object]) -> None:
    seen = 0

    def trace(frame, event, arg):
        nonlocal seen
        if frame.f_code.co_filename != vault_disk.__file__:
            return None
        if event == "line":
            seen += 1
            if seen > line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    act()
    sys.settrace(None)


def forked(act: Callable[[], object]) -> int:
    """Run something in a child, return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        act()
    except BaseException:  # noqa: BLE001 - a child never goes on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    word, place, *numbers = sys.argv[1:]
    acts = {"fight": fight, "kill": kill, "kill_rekeying": kill_rekeying, "crash": crash,
            "inherit": inherit}  # fmt: skip
    sys.stdout.write(json.dumps(acts[word](Path(place), *map(int, numbers))))
