"""Everything side by side in one run: ``python -m benchmarks.bench_turns [ROUNDS]``, or ``make bench``.

Every figure is the median of ROUNDS (5) measurements, each a process of its own, the contenders taking
turns so that a slow minute of the machine is everybody's. Writes docs/performance.md between its marks,
and docs/performance.png.

Ratios are the point: they hold on other machines, the figures do not.
"""

import json
import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.idle import measured
from benchmarks.load import Speed, median

ROOT = Path(__file__).resolve().parent.parent
PAGE, PLOT = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.png"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

WIDTHS = (1, 8, 64, 256)

#: The environment with aiogram in it (Makefile); without it (b) and (c) are left out.
OTHERS = Path(os.environ.get("BENCH_PYTHON", ROOT / ".venv" / "rivals" / "bin" / "python"))

#: Name, module and arguments behind WIDTH and PEOPLE, and how many people at one in flight and at more.
CONTENDERS: Mapping[str, tuple[str, tuple[str, ...], int, int]] = {
    "Chi Hội": ("benchmarks.turns_chihoi", (), 200, 2000),
    "bare SQLite, the same rows": ("benchmarks.turns_sqlite", (), 500, 2000),
    "(a) PTB + SQLModel": ("benchmarks.rivals.ptb_sqlmodel", (), 50, 200),
    "(b) aiogram + SQLite state": ("benchmarks.rivals.aiogram_sqlmodel", ("sqlite",), 30, 60),
    "(c) aiogram + Redis state": ("benchmarks.rivals.aiogram_sqlmodel", ("redis",), 30, 100),
}
OURS, LIMIT = "Chi Hội", "bare SQLite, the same rows"
HTTP = "Chi Hội over HTTP"

Figures = dict[tuple[str, int], Speed]


def available() -> Iterator[str]:
    """The contenders this machine can run."""
    for name, (module, more, _, _) in CONTENDERS.items():
        if "aiogram" not in module or (
            OTHERS.exists() and (more != ("redis",) or "BENCH_REDIS" in os.environ)
        ):
            yield name


def once(name: str, width: int) -> Speed:
    """One measurement."""
    module, more, few, many = CONTENDERS[name]
    python = str(OTHERS) if "aiogram" in module else sys.executable
    people = few if width == 1 else many
    said = subprocess.check_output([python, "-m", module, str(width), str(people), *more], cwd=ROOT)
    return Speed(**json.loads(said))


def over_http() -> Speed:
    """The webhook at 64 connections."""
    said = subprocess.check_output([sys.executable, "-m", "benchmarks.turns_http", "64", "1000"], cwd=ROOT)
    return Speed(**json.loads(said))


def measure(rounds: int) -> Figures:
    """The medians of all contenders at all widths."""
    found: dict[tuple[str, int], list[Speed]] = {}
    for _ in range(rounds):
        for width in WIDTHS:
            for name in available():
                found.setdefault((name, width), []).append(once(name, width))
                _say(f"{name} at {width}: {found[name, width][-1]}")
        found.setdefault((HTTP, 64), []).append(over_http())
        _say(f"{HTTP}: {found[HTTP, 64][-1]}")
    return {key: median(speeds) for key, speeds in found.items()}


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def machine() -> str:
    """What it was measured on, in a line."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    busy = os.getloadavg()[1]
    return (
        f"{os.cpu_count()} processors ({cpu}), Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {platform.system()} {platform.release()}; load of the machine in the "
        f"last five minutes {busy:.1f} (more than {os.cpu_count()} means that it had other work too)"
    )


def table(figures: Figures) -> list[str]:
    """The comparison as Markdown."""
    lines = [
        "| | in flight | turns a second | p50 ms | p99 ms | processor µs a turn | Chi Hội is |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (name, width), speed in sorted(figures.items(), key=lambda pair: (pair[0][1], -pair[1].per_second)):
        ours = figures[OURS, width].per_second / speed.per_second
        ratio = "" if name in (OURS, HTTP) else f"{ours:.2f} ×"
        cpu = f"{speed.cpu:,.0f}" if speed.cpu else ""
        latency = f"{speed.p50:.2f} | {speed.p99:.2f}"
        lines.append(f"| {name} | {width} | {speed.per_second:,.0f} | {latency} | {cpu} | {ratio} |")
    return lines


def plot(figures: Figures) -> None:
    """Turns a second by width, both axes doubling."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    for name in available():
        axes.plot(WIDTHS, [figures[name, width].per_second for width in WIDTHS], marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="updates in flight", ylabel="turns a second")
    axes.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)


def main(rounds: int) -> None:
    """Measure and write."""
    figures = measure(rounds)
    rest, ready = measured("memory", 100_000), measured("start", 1_000_000)
    written = [
        f"Median of {rounds} measurements on {machine()}.",
        "",
        *table(figures),
        "",
        f"100,000 idle conversations: {rest['megabytes']:.0f} MB above the empty house. From starting the "
        f"program to ready with 1,000,000 answers: {ready['seconds']:.2f} s.",
    ]
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(written)}\n{END}{after}", encoding="utf-8")
    plot(figures)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
