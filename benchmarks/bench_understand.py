"""How many short replies a second of one core, by what is expected; and the slowest long hostile strings.

Run from the top of the repository: ``python -m benchmarks.bench_understand``. The time is that of the
process, so that what else the machine does is not counted; median of five.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from handlers.language.context_json import read_context
from handlers.language.later import ZONE
from handlers.language.reading import Context, Expectation, Expects
from handlers.language.understand import understand_anew

NOW = datetime(2024, 3, 13, 9, 0, tzinfo=ZONE)
ROOT = Path(__file__).resolve().parent.parent
ROUNDS, LEAST_CALLS = 5, 4000
LONGEST = 4096

Reply = tuple[str, Expectation, Context]


def replies() -> dict[str, list[Reply]]:
    """The example phrases by the type expected."""
    grouped: dict[str, list[Reply]] = {}
    for name in ("phrases.jsonl", "phrases_more.jsonl"):
        for line in (ROOT / "tests" / "language" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            expectation, context = read_context(row["context"], NOW)
            grouped.setdefault(expectation.expects, []).append((row["text"], expectation, context))
    return grouped


def per_second(rows: list[Reply]) -> float:
    """Replies a second over the rows, median of the rounds."""
    turns = max(1, LEAST_CALLS // len(rows))
    speeds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(turns):
            for text, expectation, context in rows:
                understand_anew(text, expectation, context)
        speeds.append(turns * len(rows) / (time.process_time() - start))
    return statistics.median(speeds)


def hostile() -> dict[str, str]:
    """Strings made to be slow, each of the greatest length."""
    seeds = {
        "one letter": "a", "digits": "1", "dotted": "1.", "commas": "1,", "spaces": " ", "marks": "-",
        "slashes": "1/",
        "năm năm": "năm ", "mươi": "mươi ", "hai mươi": "hai mươi lăm ", "trăm linh": "một trăm linh năm ",
        "không": "không ", "chị em ơi": "chị em ơi ", "đang đi": "đang đi ", "tí nữa": "tí nữa ",
        "phones": "0912 345 67",
        "bị đánh": "bị chồng ", "names": "chị Hoa ", "combining": "á̀", "emoji": "👍", "vni": "a1e6o7 ",
        "telex": "khoongs", "at": "a@a.", "urls": "http://a.", "new lines": "\n1. ", "quotes": "“",
        "l0": "l0 ", "wide": "５",
    }  # fmt: skip
    return {name: (seed * (LONGEST // len(seed) + 1))[:LONGEST] for name, seed in seeds.items()}


def slowest() -> tuple[float, str, str]:
    """``(milliseconds, string, expected type)`` of the slowest hostile string."""
    worst = (0.0, "", "")
    kinds: tuple[Expects, ...] = (
        "yes_no",
        "integer",
        "money",
        "ratio",
        "date",
        "choice",
        "text",
        "link",
        "nothing",
    )
    for name, text in hostile().items():
        for size in (LONGEST, 400, 300):
            for expects in kinds:
                took = _milliseconds(text[:size], Expectation(expects, choices=("Rồi", "Chưa"), total=62))
                worst = max(worst, (took, f"{name} ({size})", expects))
    return worst


def _milliseconds(text: str, expectation: Expectation) -> float:
    context = Context(NOW)
    times = []
    for _ in range(3):
        start = time.process_time()
        understand_anew(text, expectation, context)
        times.append((time.process_time() - start) * 1000)
    return min(times)


def main(write: Callable[[str], object] = print) -> None:
    """Print the table."""
    grouped = replies()
    everything = [row for rows in grouped.values() for row in rows]
    per_second(everything)
    write(f"{'expected':<14}{'phrases':>8}{'replies/s':>12}")
    for expects in sorted(grouped):
        write(f"{expects:<14}{len(grouped[expects]):>8}{per_second(grouped[expects]):>12,.0f}")
    write(f"{'all':<14}{len(everything):>8}{per_second(everything):>12,.0f}")
    took, name, expects = slowest()
    write(f"slowest of {len(hostile())} hostile strings of {LONGEST}: {took:.2f} ms ({name}, {expects})")


if __name__ == "__main__":
    main()
