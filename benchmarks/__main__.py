"""Everything side by side in one run: ``make bench``, or ``python -m benchmarks`` with its options.

Every figure is the median of ``--runs`` (5) measurements, each a process of its own, the contenders taking
turns so that a slow minute of the machine is everybody's. Writes docs/performance.md between its marks, and
docs/performance.png. Ratios are the point: they hold on other machines, the figures do not.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median as middle
from tempfile import TemporaryDirectory

from benchmarks import contenders, page, plot
from benchmarks.contenders import MANY, OVER_HTTP, ROOT, TABLE, Contender, absent
from benchmarks.machine import busy, machine
from benchmarks.page import Figures, Seen
from benchmarks.speed import Speed, median

WIDTHS = (1, 8, 64, 256)

#: People known to the house, and at which widths they are tried.
PEOPLE = {2_000: WIDTHS, 50_000: (64,)}

IDLE, PUSHES, MILLION = 100_000, 10_000, 1_000_000

PARTS = ("turns", "http", "fan-out", "roll-ups", "start", "memory")


class Bench:
    """One run of everything asked for."""

    def __init__(self, runs: int, work: Path) -> None:
        self._runs, self._work = runs, work
        self.seen = Seen(runs, machine(work), [busy()])

    def turns(self) -> None:
        """Everybody's turns at every width."""
        for known in PEOPLE:
            self._made(f"people-{known}", "benchmarks.people", known)
            _run("benchmarks.written", known, MANY, self._work)
        present = [each for each in TABLE if not absent(each)]
        self.seen.absent = {each.name: absent(each) for each in TABLE if absent(each)}
        tried = [(width, known) for known, widths in PEOPLE.items() for width in widths]
        self.seen.turns = self._speeds([(each, *how) for how in tried for each in present])

    def http(self) -> None:
        """The webhook."""
        self._made("people-2000", "benchmarks.people", 2_000)
        self.seen.http = self._speeds([(OVER_HTTP, 64, 2_000)])

    def fan_out(self) -> None:
        """The sender."""
        self._made("people-2000", "benchmarks.people", 2_000)
        self.seen.fan_out = self._figures("benchmarks.fan_out", PUSHES)

    def roll_ups(self, answers: int) -> None:
        """Figures of a month out of so many answers."""
        self._made(f"answers-{answers}", "benchmarks.answers", answers)
        self.seen.roll_ups[answers] = self._figures("benchmarks.roll_ups", answers)

    def start(self) -> None:
        """Start-up with a million answers."""
        self._made(f"answers-{MILLION}", "benchmarks.answers", MILLION)
        self.seen.start = self._figures("benchmarks.start", MILLION)

    def memory(self) -> None:
        """Idle conversations."""
        self._made(f"people-{IDLE}", "benchmarks.people", IDLE)
        self.seen.memory = self._figures("benchmarks.memory", IDLE)

    def _speeds(self, plan: Sequence[tuple[Contender, int, int]]) -> Figures:
        found: dict[tuple[str, int, int], list[Speed]] = {}
        for _ in range(self._runs):
            for contender, width, known in plan:
                what = f"{contender.name}, {width} in flight, {known:,} people"
                try:
                    speed = contender.once(width, known, self._work)
                except subprocess.CalledProcessError:
                    if not contender.rival:
                        raise
                    self.seen.absent[what] = "it failed"
                    continue
                found.setdefault((contender.name, width, known), []).append(speed)
                self.seen.loads.append(busy())
                _say(f"{what}: {speed}")
        return {key: median(speeds) for key, speeds in found.items()}

    def _figures(self, module: str, count: int) -> dict[str, float]:
        found = []
        for _ in range(self._runs):
            found.append(json.loads(_run(module, count, self._work)))
            self.seen.loads.append(busy())
            _say(f"{module} {count}: {found[-1]}")
        return {name: middle(each[name] for each in found) for name in found[0]}

    def _made(self, folder: str, module: str, count: int) -> None:
        """Made once, copied by each measurement."""
        if not (self._work / folder).exists():
            _say(f"making {folder}")
            _run(module, self._work / folder, count)


def _run(module: str, *given: object) -> bytes:
    return subprocess.check_output([sys.executable, "-m", module, *map(str, given)], cwd=ROOT)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextmanager
def _room() -> Iterator[Path]:
    """A folder on the disk that is measured, and a Redis."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=build, prefix="bench-") as name, contenders.redis(Path(name)):
        yield Path(name)


def measure(runs: int, parts: Sequence[str], ten_million: bool) -> Seen:
    """The parts asked for, one after the other."""
    with _room() as work:
        bench = Bench(runs, work)
        todo: dict[str, Callable[[], None]] = {
            "turns": bench.turns,
            "http": bench.http,
            "fan-out": bench.fan_out,
            "roll-ups": lambda: bench.roll_ups(MILLION),
            "start": bench.start,
            "memory": bench.memory,
        }
        for part in parts:
            todo[part]()
        if ten_million:
            bench.roll_ups(10 * MILLION)
        return bench.seen


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=5, help="measurements of each, of which the median counts"
    )
    parser.add_argument("--quick", action="store_true", help="one measurement of each")
    parser.add_argument("--ten-million", action="store_true", help="roll-ups of 10,000,000 answers too")
    parser.add_argument("--only", choices=PARTS, action="append", help="print this part, write nothing")
    given = parser.parse_args()
    if given.runs < 1:
        parser.error("--runs: 1 or more")
    seen = measure(1 if given.quick else given.runs, given.only or PARTS, given.ten_million)
    sys.stdout.write("\n".join(page.lines(seen)) + "\n")
    if not given.only:
        page.write(seen)
        plot.draw(seen.turns)


if __name__ == "__main__":
    main()
