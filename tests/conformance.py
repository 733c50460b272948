"""Print how recorded traffic reads to us and to the vendors' SDKs: a table, the rest by name.

    python tests/conformance.py [FOLDER] [-v]

FOLDER holds `*.jsonl` files of the layout of `../shared/traffic`, which is the default. The last
line is `N passed, N failed`. What `explained.py` lists passes, in the default folder only.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from agreement import CLAIMED, Differences, judged
from explained import EXPLAINED
from recorded import SHARED
from requests_back.again import FORMS, asks, changes
from requests_back.reasons import reason

KNOWN = SHARED / "traffic"


class Verdict(NamedTuple):
    """How one record reads: `words` say what differs, or why it may."""

    traffic: str
    provider: str
    id: str
    how: Literal["agrees", "explained", "differs"]
    words: str = ""


def verdicts(folder: Path) -> Iterator[Verdict]:
    """Yield one verdict a line of each file that we claim."""
    known = folder.resolve() == KNOWN.resolve()
    for traffic in CLAIMED:
        path = folder / f"{traffic}.jsonl"
        for number, line in enumerate(_lines(path), 1):
            yield _verdict(traffic, line, number, EXPLAINED.get(traffic, {}) if known else {})


def _lines(path: Path) -> Iterator[bytes]:
    if path.is_file():
        with path.open("rb") as lines:
            yield from (line for line in lines if line.strip())


def _verdict(traffic: str, line: bytes, number: int, explained: dict[str, str]) -> Verdict:
    try:
        record = json.loads(line)
        id_, provider = str(record["id"]), str(record["provider"])
    except (ValueError, KeyError, TypeError) as error:
        return Verdict(traffic, "?", f"line {number}", "differs", f"no record: {error!r}")
    if not (found := judged(traffic, record)):
        return Verdict(traffic, provider, id_, "agrees")
    if id_ in explained:
        return Verdict(traffic, provider, id_, "explained", explained[id_])
    return Verdict(traffic, provider, id_, "differs", _words(found))


def _words(found: Differences) -> str:
    """Return what differs: name, ours, expected."""
    pairs = found.items()
    return "; ".join(f"{name}: {ours!r:.200} for {theirs!r:.200}" for name, (ours, theirs) in pairs)


def table(all_verdicts: list[Verdict]) -> Iterator[str]:
    """Yield the lines of the table: each protocol by provider, and as a whole."""
    yield f"{'protocol':20} {'provider':36} {'records':>7} {'agree':>7} {'%':>7}"
    for traffic in CLAIMED:
        mine = [one for one in all_verdicts if one.traffic == traffic]
        providers = sorted({one.provider for one in mine})
        rows = {name: [one for one in mine if one.provider == name] for name in providers}
        if len(rows) > 1:
            rows["(all)"] = mine
        for name, row in rows.items():
            agree = sum(one.how == "agrees" for one in row)
            share = 100 * agree / len(row)
            yield f"{traffic:20} {name:36} {len(row):7} {agree:7} {share:6.1f}%"


def named(all_verdicts: list[Verdict], how: str, *, reasons: bool) -> Iterator[str]:
    """Yield the records that were judged so, by id."""
    for one in all_verdicts:
        if one.how == how:
            yield f"{how}: {one.traffic} {one.provider} {one.id}" + f"  {one.words}" * reasons


def requests(folder: Path) -> Iterator[str]:
    """Yield how many requests are the same after they were read as Calls and built again.

    What changes is counted by its reason, or by what it is where nobody knows the reason.
    """
    yield f"{'requests':57} {'records':>7} {'same':>7} {'%':>7}"
    for traffic in FORMS:
        asked = [one for one in _records(folder / f"{traffic}.jsonl") if asks(one)]
        changed = [told for one in asked if (told := changes(traffic, one))]
        same = len(asked) - len(changed)
        if asked:
            yield f"{traffic:57} {len(asked):7} {same:7} {100 * same / len(asked):6.1f}%"
        reasons = Counter(reason(place) or place for told in changed for place in told[:1])
        yield from (f"  {count:4} x {why}" for why, count in reasons.most_common())


def _records(path: Path) -> Iterator[Any]:
    for line in _lines(path):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def report(folder: Path, *, verbose: bool) -> Iterator[str]:
    """Yield all lines; the last one says how many passed."""
    found = list(verdicts(folder))
    yield from table(found)
    yield ""
    yield from requests(folder)
    yield ""
    yield from named(found, "explained", reasons=True)
    yield from named(found, "differs", reasons=verbose)
    others = sorted({path.stem for path in folder.glob("*.jsonl")} - set(CLAIMED))
    if others:
        yield f"not claimed: {', '.join(others)}"
    counts = Counter(one.how for one in found)
    if counts["explained"]:
        yield f"{counts['explained']} that pass differ for a reason that is listed above"
    yield f"{len(found) - counts['differs']} passed, {counts['differs']} failed"


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("folder", nargs="?", type=Path, default=KNOWN)
    arguments.add_argument("-v", "--verbose", action="store_true", help="say what differs")
    given = arguments.parse_args()
    if not given.folder.is_dir():
        arguments.error(f"there is no folder {given.folder}: set TRAFFIC or NBPROVIDER_SHARED")
    lines = report(given.folder, verbose=given.verbose)
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
