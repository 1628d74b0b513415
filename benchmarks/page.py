"""What was seen, as docs/performance.md tells it between its marks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.contenders import AIOGRAM, HTTP, LIMIT, OURS, PTB, ROOT
from benchmarks.roll_ups import QUICK, SLOW
from benchmarks.speed import Speed

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

#: By contender, updates in flight and people known.
Figures = Mapping[tuple[str, int, int], Speed]


@dataclass
class Seen:
    """The medians of one run; what was not asked for is empty. ``loads``: of the machine, again and
    again; ``absent``: who could not be measured, and why."""

    runs: int
    machine: str
    loads: list[float]
    turns: Figures = field(default_factory=dict)
    http: Figures = field(default_factory=dict)
    fan_out: Mapping[str, float] = field(default_factory=dict)
    roll_ups: dict[int, Mapping[str, float]] = field(default_factory=dict)
    start: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, float] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


def lines(seen: Seen) -> Iterator[str]:
    """The page's middle, as Markdown."""
    least, most = min(seen.loads), max(seen.loads)
    times = f"Median of {seen.runs}" if seen.runs > 1 else "One measurement of each"
    yield f"{times}, on {seen.machine}. Load of the machine {least:.1f} to {most:.1f}."
    yield from ("", *_aims(seen))
    if seen.turns:
        yield from ("", *_turns(seen))
    if seen.http:
        yield from ("", *_http(seen.http))
    if seen.fan_out:
        yield from ("", _fan_out(seen.fan_out))
    for answers, took in seen.roll_ups.items():
        yield from ("", *_roll_ups(answers, took))


def write(seen: Seen) -> None:
    """Put it into the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(lines(seen))}\n{END}{after}", encoding="utf-8")


def _aims(seen: Seen) -> Iterator[str]:
    """Each aim beside what was seen."""
    rows = [*_aims_of_turns(seen.turns), *_aims_of_http(seen.http)]
    if seen.memory:
        rows.append(
            ("100,000 idle conversations, MB over the empty house", seen.memory["megabytes"], "<", 150)
        )
    if seen.start:
        rows.append(("start-up to ready with 1,000,000 answers, s", seen.start["seconds"], "<", 2))
    if not rows:
        return
    yield "| aim | wanted | seen | |"
    yield "| --- | ---: | ---: | --- |"
    for what, found, sign, wanted in rows:
        reached = found < wanted if sign == "<" else found >= wanted
        yield f"| {what} | {sign} {wanted:,} | {_short(found)} | {'reached' if reached else 'not reached'} |"


Aim = tuple[str, float, str, float]


def _aims_of_turns(turns: Figures) -> Iterator[Aim]:
    ours = turns.get((OURS, 64, 2_000))
    if ours is None:
        return
    yield "turns a second, 64 in flight", ours.per_second, "≥", 10_000
    yield "p99 at 64 in flight, ms", ours.p99, "<", 20
    for name, width, wanted in ((PTB, 64, 20), (AIOGRAM, 64, 25), (PTB, 1, 3)):
        if (name, width, 2_000) in turns:
            ratio = turns[OURS, width, 2_000].per_second / turns[name, width, 2_000].per_second
            yield f"times {name}, {width} in flight", ratio, "≥", wanted
    share = 100 * ours.per_second / turns[LIMIT, 64, 2_000].per_second
    yield "% of bare SQLite with the same rows, 64 in flight", share, "≥", 40


def _aims_of_http(http: Figures) -> Iterator[Aim]:
    for speed in http.values():
        yield "updates a second over HTTP, 64 connections", speed.per_second, "≥", 3_000
        yield "p99 over HTTP, ms", speed.p99, "<", 50


def _turns(seen: Seen) -> Iterator[str]:
    yield "| | people | in flight | turns a second | p50 ms | p99 ms | processor µs a turn | Chi Hội is |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    order = sorted(seen.turns.items(), key=lambda each: (each[0][2], each[0][1], -each[1].per_second))
    for (name, width, known), speed in order:
        ratio = seen.turns[OURS, width, known].per_second / speed.per_second
        beside = "" if name == OURS else f"{ratio:.2f} ×"
        yield f"| {name} | {known:,} | {width} | {_speed(speed)} | {beside} |"
    for name, why in seen.absent.items():
        yield from ("", f"{name} was not measured: {why}.")


def _http(http: Figures) -> Iterator[str]:
    yield "| | connections | updates a second | p50 ms | p99 ms | processor µs an update |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for (_, width, _), speed in http.items():
        yield f"| {HTTP} | {width} | {_speed(speed)} |"


def _speed(speed: Speed) -> str:
    return f"{speed.per_second:,.0f} | {speed.p50:.2f} | {speed.p99:.2f} | {speed.cpu:,.0f}"


def _fan_out(found: Mapping[str, float]) -> str:
    return (
        f"10,000 pushes waiting, sent over HTTP at no more than 1,000 a second: {found['per_second']:,.0f} a "
        f"second, {found['cpu']:,.0f} µs of processor each; a reply that comes meanwhile is at the platform "
        f"{found['reply_p50']:.0f} ms after the message (median), {found['reply_most']:.0f} ms at most; "
        f"the program has {found['megabytes']:.0f} MB in memory."
    )


def _roll_ups(answers: int, took: Mapping[str, float]) -> Iterator[str]:
    yield f"| {answers:,} answers of 2,400 branches | ms of processor |"
    yield "| --- | ---: |"
    for name, milliseconds in took.items():
        yield f"| {name} | {_short(milliseconds)} |"
    yield ""
    yield f"The {QUICK} from the summaries are those of {SLOW}, {took[SLOW] / took[QUICK]:.0f} times as fast."


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
