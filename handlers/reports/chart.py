"""Charts of reporting rates and targets, made to be read on a phone: large figures, no colour alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import shorten, wrap

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from storage.domain.figures import Progress

#: Pixels: the width of a phone's screen, so that nothing is made smaller.
WIDTH, BAR, HEAD = 1080, 84, 260
DPI = 120

#: As many areas as one screen shows; the lowest are those worth seeing.
MOST = 14

_DONE, _REST, _INK = "#b3275b", "#f3dbe4", "#2b2b2b"

#: The three states of a target, told apart by pattern as well as by colour.
_STATES, _HATCHES = (_DONE, "#e8a9c0", "#e6e6e6"), ("", "", "//")
_SHADES = LinearSegmentedColormap.from_list("share", ["#fdf3f7", _DONE])

#: Pixels: a bar with a name of three lines, a tile of the table of areas, a line of its key.
TALL, TILE, KEY = 110, 62, 34


def rates_chart(title: str, subtitle: str, areas: Sequence[tuple[str, Progress]]) -> bytes:
    """One bar an area, the lowest rate at the top, with "actual/expected" in figures; PNG bytes. Areas of
    which nothing is expected are left out."""
    rated = sorted(
        (float(part.reporting_rate), name, part) for name, part in areas if part.reporting_rate is not None
    )[:MOST]
    height = HEAD + BAR * max(len(rated), 1)
    figure, axes = _canvas(height, (0.40, 30 / height, 0.42, 1 - (HEAD - 30) / height - 30 / height))
    names = [_short(name) for _, name, _ in rated]
    values = [rate for rate, _, _ in rated]
    axes.barh(range(len(rated)), [100] * len(rated), color=_REST, height=0.62)
    axes.barh(range(len(rated)), values, color=_DONE, height=0.62)
    for place, (rate, _, part) in enumerate(rated):
        axes.text(
            103, place, f"{rate:.0f}%  {part.actual}/{part.expected}", va="center", fontsize=15, color=_INK
        )
    _plain(axes, names, 16)
    return _drawn(figure, title, subtitle, height)


def targets_chart(title: str, subtitle: str, targets: Sequence["TargetBar"], legend: Sequence[str]) -> bytes:
    """One bar a target in three states, with their counts in figures; PNG bytes. ``legend`` names the
    states: reached, not reached, not reported."""
    height = HEAD + TALL * max(len(targets), 1) + 90
    figure, axes = _canvas(height, (0.44, 90 / height, 0.50, 1 - HEAD / height - 90 / height))
    for place, bar in enumerate(targets):
        left = 0.0
        for share, colour, hatch in zip(bar.shares, _STATES, _HATCHES, strict=True):
            axes.barh(place, share, left=left, color=colour, hatch=hatch, edgecolor="white", height=0.6)
            if share >= 6:
                ink = "white" if colour == _DONE else _INK
                _centred(axes, left + share / 2, place, f"{share:.0f}%", ink)
            left += share
    _plain(axes, [_wrapped(bar.name) for bar in targets], 13)
    handles = [Patch(facecolor=c, hatch=h, edgecolor="white") for c, h in zip(_STATES, _HATCHES, strict=True)]
    figure.legend(handles, legend, loc="lower center", ncols=3, frameon=False, fontsize=15)
    return _drawn(figure, title, subtitle, height)


def areas_chart(title: str, subtitle: str, targets: Mapping[str, str], rows: Sequence["AreaRow"]) -> bytes:
    """A table of tiles: a row an area, a column a target, the percent in figures and in depth of colour;
    hatched where nobody reported. ``targets``: their names by code, the key below. PNG bytes."""
    key, heads = 40 + KEY * len(targets), list(targets)
    height = HEAD + key + TILE * max(len(rows), 1)
    figure, axes = _canvas(height, (0.24, (key + 20) / height, 0.73, 1 - (HEAD + key) / height))
    for place, (code, name) in enumerate(targets.items()):
        text = f"{code}: {shorten(name, 76, placeholder='…')}"
        figure.text(0.04, (key - 20 - KEY * (place + 1)) / height, text, fontsize=13, color=_INK)
    for down, row in enumerate(rows):
        for across, percent in enumerate(row.percents):
            _tile(axes, across, down, percent)
    axes.set_xlim(0, max(len(heads), 1))
    axes.set_xticks([place + 0.5 for place in range(len(heads))], heads, fontsize=13, rotation=45, ha="left")
    axes.xaxis.tick_top()
    axes.set_ylim(len(rows), 0)
    names = [_short(row.name) for row in rows]
    axes.set_yticks([place + 0.5 for place in range(len(rows))], names, fontsize=15)
    axes.tick_params(length=0, colors=_INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return _drawn(figure, title, subtitle, height)


def _tile(axes: Axes, across: int, down: int, percent: float | None) -> None:
    if percent is None:
        axes.add_patch(Rectangle((across, down), 1, 1, facecolor="white", edgecolor="#999999", hatch="///"))
        return
    colour = _SHADES(min(max(percent, 0.0), 100.0) / 100)
    axes.add_patch(Rectangle((across, down), 1, 1, facecolor=colour, edgecolor="white", linewidth=2))
    ink = "white" if percent > 60 else _INK
    _centred(axes, across + 0.5, down + 0.5, f"{percent:.0f}", ink)


def _centred(axes: Axes, across: float, down: float, text: str, ink: str) -> None:
    axes.text(across, down, text, ha="center", va="center", fontsize=14, color=ink)


@dataclass(frozen=True, slots=True)
class TargetBar:
    """A target by name and the shares (percent, together 100) reached, not reached, not reported."""

    name: str
    shares: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area and its percent of each target; None where nobody reported."""

    name: str
    percents: tuple[float | None, ...]


def _canvas(height: float, place: tuple[float, float, float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.add_axes(place)


def _plain(axes: Axes, names: Sequence[str], size: int) -> None:
    """Bars from 0 to 100 without a frame, their names on the left."""
    axes.set_yticks(range(len(names)), names, fontsize=size, color=_INK)
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _drawn(figure: Figure, title: str, subtitle: str, height: float) -> bytes:
    figure.text(0.04, 1 - 70 / height, title, fontsize=24, weight="bold", color=_INK)
    figure.text(0.04, 1 - 125 / height, subtitle, fontsize=17, color=_INK)
    written = BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


def _wrapped(name: str) -> str:
    """At most three lines of 38 signs."""
    lines = wrap(name, 38)
    return "\n".join(lines[:3]) + ("…" if len(lines) > 3 else "")


def _short(name: str) -> str:
    """Names of districts and communes without their kind, at most 20 signs."""
    for kind in ("Huyện ", "Thành phố ", "Xã ", "Phường ", "Thị trấn "):
        name = name.removeprefix(kind)
    return name if len(name) <= 20 else f"{name[:19]}…"
