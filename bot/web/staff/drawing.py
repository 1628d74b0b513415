"""Charts drawn here, as SVG that stands in the page: no script, no inline style, numbers beside them."""

from fractions import Fraction

from markupsafe import Markup

from storage.domain.figures import Progress

#: Height and width of a month's column, in units of its own picture.
_TALL, _WIDE = 100, 28


def column(progress: Progress) -> Markup:
    """One month: in time, late, and what is missing, from the bottom up. The words stand below it."""
    whole = progress.expected or 1
    in_time = _TALL * min(progress.on_time, whole) // whole
    came = _TALL * min(progress.actual, whole) // whole
    parts = [
        _rect("rest", 0, 0, _WIDE, _TALL),
        _rect("late", 0, _TALL - came, _WIDE, came - in_time),
        _rect("done", 0, _TALL - in_time, _WIDE, in_time),
    ]
    return _svg(_WIDE, _TALL, "column", parts)


def bar(share: Fraction | None, look: str = "done") -> Markup:
    """A bar of 0 to 100 percent; what is more is drawn as 100."""
    length = 0 if share is None else float(max(min(share, Fraction(100)), Fraction(0)))
    return _svg(100, 8, "bar", [_rect("rest", 0, 0, 100, 8), _rect(look, 0, 0, length, 8)])


def _rect(look: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{look}" x="{x:g}" y="{y:g}" width="{width:.4g}" height="{height:.4g}"/>'


def _svg(width: int, height: int, look: str, parts: list[str]) -> Markup:
    head = (
        f'<svg class="{look}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - numbers and our own class names
