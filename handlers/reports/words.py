"""Words and numbers of papers: texts.yaml, Vietnamese figures, names of periods and of files."""

import re
import unicodedata
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from storage.domain.figures import Area, Figure, Number, rounded
from storage.plan.periods import period_label, period_span

#: What a spreadsheet takes for the start of a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

#: Signs that no XML file may hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: What units are called before their kind, in some files of units.
_BODY = "Hội LHPN "

_KINDS = ("Tỉnh ", "Thành phố ", "Thị xã ", "Huyện ", "Thị trấn ", "Phường ", "Xã ")


@cache
def _texts() -> dict[str, str]:
    text = files(__package__).joinpath("texts.yaml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in YAML(typ="safe").load(text).items()}


def say(key: str, **params: object) -> str:
    """A phrase of papers. KeyError for an unknown key or a missing parameter: our own mistakes."""
    return _texts()[key].format(**params)


def number(value: Number, places: int = 1) -> str:
    """1389 is "1.389", 135/2 "67,5": a dot for thousands, a comma for decimals, half up."""
    return f"{rounded(value, places):,f}".translate(str.maketrans(",.", ".,"))


def said(figure: Figure | None) -> str:
    """A figure as text: its number, "Chưa BC", "<3", "…"; "" where nobody asked."""
    if figure is None or figure.state == "not_asked":
        return ""
    if figure.hidden:
        return say("small" if figure.small else "hidden")
    if figure.state == "not_reported":
        return say("not_reported")
    return "" if figure.value is None else number(figure.value)


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def clean(text: str) -> str:
    """Without the control characters that no XML may hold, on one line."""
    return " ".join(_CONTROL.sub("", text).split())


def period_words(period: str) -> str:
    """ "quý I năm 2024", "6 tháng đầu năm 2024", "năm 2024", "ngày 08/3/2024"."""
    words, year = period_label(period), period_span(period)[0].year
    if period.count("-") == 2:
        return say("period.day", period=words, year=year)
    if "-H" in period:
        return say("period.half", period=words, year=year)
    return words if "-" not in period else say("period.year", period=words, year=year)


def day_words(day: date) -> str:
    """ "08/3/2024": a leading zero for days under 10 and for January and February (Nghị định 30/2020)."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{day.day:02}/{month}/{day.year}"


def unit_name(area: Area) -> str:
    """A unit within a sentence: "huyện Hải Hậu", "xã Hải Đông"."""
    name = area.name.removeprefix(_BODY)
    return name[:1].lower() + name[1:]


def unit_place(area: Area) -> str:
    """The place alone, for the date line: "Hải Hậu"."""
    name = area.name.removeprefix(_BODY)
    name = name[:1].upper() + name[1:]
    return next((name.removeprefix(kind) for kind in _KINDS if name.startswith(kind)), name)


def plain(text: str) -> str:
    """Letters and digits only, without diacritics, each word with a capital: "HuyenHaiHau"."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    words = re.findall(r"[A-Za-z0-9]+", "".join(c for c in bare if not unicodedata.combining(c)))
    return "".join(word[:1].upper() + word[1:] for word in words)


def file_stem(area: Area, period: str) -> str:
    """ "BC_6T_2024_HuyenHaiHau"."""
    first, _ = period_span(period)
    if "-Q" in period:
        short = say("file.quarter", number=(first.month + 2) // 3)
    elif "-H" in period:
        short = say("file.half" if first.month == 1 else "file.half.second")
    elif "-" in period:
        short = say("file.month", number=f"{first.month:02}") if period.count("-") == 1 else f"{first:%d%m}"
    else:
        short = say("file.year")
    return f"BC_{short}_{first.year}_{plain(area.name.removeprefix(_BODY)) or area.code}"


def roman(count: int) -> str:
    """1 is "I", 11 "XI"; up to 89."""
    found = ""
    for value, sign in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        found += sign * (count // value)
        count %= value
    return found
