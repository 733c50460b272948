"""What the ledger takes when it has seen a million attempts.

python benchmarks/ledger.py [ROWS] [FILE]

Writes ROWS (1,000,000) attempts, as calls in two years would leave them, one by one as kernels do;
then reads them. FILE keeps the ledger: with one that is there, nothing is written, only read.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from nbprovider.ledger import Attempt, Ledger, costs, frames
from nbprovider.ledger.attempt import call_id

DAY = 86_400_000_000
SPAN = 350 * DAY
"""So that seven days have about 20,000 rows."""

MODELS = {
    "gpt-6-luna": ("openai", "gpt-6-luna-2026-08-07"),
    "gpt-6": ("openai", "gpt-6-2026-08-07"),
    "claude-sonnet-5-5": ("anthropic", "claude-sonnet-5-5-20260901"),
    "claude-haiku-4-5": ("anthropic", "claude-haiku-4-5-20251001"),
    "gemini-3-flash": ("google", "gemini-3-flash"),
    "openai/gpt-oss-120b": ("groq", "openai/gpt-oss-120b"),
    "qwen3:4b": ("ollama", "qwen3:4b"),
    "mistral-large-latest": ("mistral", "mistral-large-2603"),
}

WRITER = """
import sys
from pathlib import Path
from nbprovider.ledger import Attempt, Ledger
ledger = Ledger(Path(sys.argv[1]))
for number in range(1, int(sys.argv[3]) + 1):
    ledger.keep(Attempt(sys.argv[2], number, number, provider="openai", status="ok"))
print(ledger.notes)
ledger.close()
"""


def attempts(rows: int) -> Iterator[Attempt]:
    """Yield attempts as notebooks leave them: 2 % failed and tried again, 2 % interrupted."""
    chance = random.Random(0)  # noqa: S311 - rows, no secrets
    first = time.time_ns() // 1000 - SPAN
    cells = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(4_000)]
    call, number = call_id(), 1
    for row in range(rows):
        model = chance.choice(list(MODELS))
        provider, served = MODELS[model]
        notebook = chance.randrange(200)
        kind = chance.random()
        attempt = Attempt(
            call,
            number,
            first + row * SPAN // rows,
            provider,
            provider,
            model,
            chat="main" if kind < 0.8 else f"paper-{notebook}",
            notebook=f"analysis-{notebook}.ipynb",
            cell=cells[notebook * 20 + chance.randrange(20)],
            purpose="chat",
            route_reason=f"no model given: the default model is '{provider}:{model}'; rule 3",
        )
        if kind < 0.02:
            attempt.status, attempt.error_kind = "failed", "overloaded"
            attempt.error, attempt.cost_nano = f"{provider} is overloaded.", 0
            attempt.cost_source = "unbilled"
        else:
            attempt.status = "interrupted" if kind < 0.04 else "ok"
            attempt.model_served, attempt.finish = served, "stop"
            attempt.input, attempt.output = chance.randrange(20, 9_000), chance.randrange(4_000)
            attempt.cache_read, attempt.reasoning = chance.randrange(9_000), chance.randrange(900)
            attempt.cost_nano = chance.randrange(90_000_000) if kind < 0.95 else None
            attempt.cost_source = "list" if kind < 0.95 else "unknown"
            attempt.price_list = "genai-prices 0.2.4"
            attempt.first_token_us = chance.randrange(200_000, 3_000_000)
            attempt.duration_us = chance.randrange(400_000, 60_000_000)
        attempt.request_id = f"req_{chance.getrandbits(96):024x}"
        yield attempt
        if attempt.status == "failed":
            number += 1
        else:
            call, number = call_id(), 1


def written(path: Path, rows: int) -> None:
    """Write rows one by one; print how long each took."""
    ledger = Ledger(path)
    taken: list[float] = []
    busy = 0.0
    for attempt in attempts(rows):
        began, used = time.perf_counter(), time.process_time()
        ledger.keep(attempt)
        taken.append(time.perf_counter() - began)
        busy += time.process_time() - used
    ledger.close()
    line("insert, mean", statistics.fmean(taken) * 1e6, busy / rows * 1e6, "µs", 100)
    line("insert, median", statistics.median(taken) * 1e6, None, "µs", 100)
    line("insert, 99th percentile", sorted(taken)[int(rows * 0.99)] * 1e6, None, "µs")
    line("file, bytes a row", path.stat().st_size / rows, None, "", 300)


def timed(what: str, work: Callable[[], object], most: float | None = None, runs: int = 7) -> None:
    """Print the median of some runs, after one that warms the disk."""
    work()
    spans: list[tuple[float, float]] = []
    for _ in range(runs):
        began, used = time.perf_counter(), time.process_time()
        work()
        spans.append((time.perf_counter() - began, time.process_time() - used))
    took, busy = (statistics.median(span) * 1000 for span in zip(*spans, strict=True))
    line(what, took, busy, "ms", most)


def line(what: str, took: float, busy: float | None, unit: str, most: float | None = None) -> None:
    """Print a line of the table: what it took, how much of it the processor, and the aim."""
    aim = f"{most:,g}" if most is not None else ""
    cpu = f"{busy:,.1f}" if busy is not None else ""
    print(f"| {what:<32} | {took:9,.1f} | {cpu:>9} | {unit:<4} | {aim:>5} |", flush=True)


def opened(path: Path) -> None:
    """Open the ledger and read something of it, as the first question does."""
    ledger = Ledger(path)
    ledger.run("SELECT 1 FROM attempts LIMIT 1")
    ledger.close()


def together(path: Path, processes: int = 8, rows: int = 5_000) -> None:
    """Let processes write at once; print how long that took, and what is missing."""
    command = [sys.executable, "-c", WRITER, str(path)]
    began = time.perf_counter()
    running = [
        subprocess.Popen([*command, f"process-{n}", str(rows)], stdout=subprocess.PIPE, text=True)
        for n in range(processes)
    ]
    told = {process.communicate()[0].strip() for process in running}
    took = time.perf_counter() - began
    line(f"{processes} processes, {rows:,} rows each", took, None, "s")
    (kept,) = Ledger(path).run("SELECT count(*) FROM attempts")[0]
    line("rows of theirs that are missing", processes * rows - kept, None, "", 0)
    print(f"\nWhat the processes had to say: {', '.join(told)}")


def read(path: Path) -> None:
    """Print how long it takes to read the ledger."""
    ledger = Ledger(path)
    week = costs.between("7 days", None)
    count = len(frames.usage(ledger, week))
    timed("opening", lambda: opened(path), 20)
    timed('cost(by="model")', lambda: frames.cost(ledger, "model"), 500)
    timed('cost(by="model"), 7 days', lambda: frames.cost(ledger, "model", week))
    timed('cost(by="day")', lambda: frames.cost(ledger, "day"))
    timed('cost(by=["notebook", "month"])', lambda: frames.cost(ledger, ["notebook", "month"]))
    timed(f"usage(), 7 days: {count:,} rows", lambda: frames.usage(ledger, week), 300)
    ledger.close()


def main(rows: int = 1_000_000, path: Path | None = None) -> None:
    head = f"{rows:,} attempts"
    print(f"| {head:<32} | {'took':>9} | {'CPU':>9} | {'':<4} | {'aim':>5} |")
    print(f"|{'-' * 34}|{'-' * 10}:|{'-' * 10}:|{'-' * 6}|------:|")
    with tempfile.TemporaryDirectory() as folder:
        file = path or Path(folder, "ledger.db")
        if not file.exists():
            written(file, rows)
        read(file)
        together(Path(folder, "together.db"))


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((int, Path), sys.argv[1:], strict=False)))
