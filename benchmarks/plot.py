"""Turns a second by updates in flight, as a picture."""

from benchmarks.contenders import LIMIT, OURS, ROOT, TABLE
from benchmarks.page import Figures

PLOT = ROOT / "docs" / "performance.png"

_KNOWN = 2_000


def draw(turns: Figures) -> None:
    """Both axes doubling; ours thick, the limit dashed; each line named at its end."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    widths = sorted({width for _, width, known in turns if known == _KNOWN})
    for name in (each.name for each in TABLE):
        seen = [(width, turns.get((name, width, _KNOWN))) for width in widths]
        points = [(width, speed.per_second) for width, speed in seen if speed is not None]
        if points:
            axes.plot(
                *zip(*points, strict=True), marker="o", label=name,
                linewidth=3 if name == OURS else 1.5, linestyle="--" if name == LIMIT else "-",
            )  # fmt: skip
            axes.annotate(f"{points[-1][1]:,.0f}", points[-1], (6, -3), textcoords="offset points")
    axes.set(xscale="log", yscale="log", xlabel="updates in flight", ylabel="turns a second, each durable")
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    axes.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.margins(x=0.12)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)
    pyplot.close(figure)
