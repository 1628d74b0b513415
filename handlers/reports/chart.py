"""A bar chart of reporting rates, made to be read on a phone: few bars, large figures, no colour alone."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from storage.queries.progress import Progress

#: Pixels: the width of a phone's screen, so that nothing is made smaller.
WIDTH, BAR, HEAD = 1080, 84, 260
DPI = 120

#: As many areas as one screen shows; the lowest are those worth seeing.
MOST = 14

_DONE, _REST, _INK = "#b3275b", "#f3dbe4", "#2b2b2b"


def rates_chart(title: str, subtitle: str, areas: Sequence[tuple[str, Progress]]) -> bytes:
    """One bar an area, the lowest rate at the top, with "actual/expected" in figures; PNG bytes. Areas of
    which nothing is expected are left out."""
    rated = sorted((part.rate, name, part) for name, part in areas if part.rate is not None)[:MOST]
    height = HEAD + BAR * max(len(rated), 1)
    figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.40, 30 / height, 0.42, 1 - (HEAD - 30) / height - 30 / height))
    names = [_short(name) for _, name, _ in rated]
    values = [rate for rate, _, _ in rated]
    axes.barh(range(len(rated)), [100] * len(rated), color=_REST, height=0.62)
    axes.barh(range(len(rated)), values, color=_DONE, height=0.62)
    for place, (rate, _, part) in enumerate(rated):
        axes.text(
            103, place, f"{rate:.0f}%  {part.actual}/{part.expected}", va="center", fontsize=15, color=_INK
        )
    axes.set_yticks(range(len(rated)), names, fontsize=16, color=_INK)
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.text(0.04, 1 - 70 / height, title, fontsize=24, weight="bold", color=_INK)
    figure.text(0.04, 1 - 125 / height, subtitle, fontsize=17, color=_INK)
    written = BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


def _short(name: str) -> str:
    """Names of districts and communes without their kind, at most 20 signs."""
    for kind in ("Huyện ", "Thành phố ", "Xã ", "Phường ", "Thị trấn "):
        name = name.removeprefix(kind)
    return name if len(name) <= 20 else f"{name[:19]}…"
