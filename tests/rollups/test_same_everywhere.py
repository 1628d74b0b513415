"""A figure is the same number wherever it is shown, and that of the slow path: digests, chat, page, interface
and the page's files, with districts and without."""

import csv
import io
import json
import re
from collections.abc import Iterator

from scheduler.rules.rounds import Rules
from tests.rollups.conftest import province
from tests.rollups.everywhere import (
    COMMUNE,
    DIGESTS,
    KNOWN,
    LATER,
    MONTH,
    NO_NUMBER,
    PROVINCE,
    SENSITIVE,
    WORDS,
    YEAR,
    House,
    differs,
    house,
    less,
    row_differs,
    truth,
)
from tests.rollups.generated import plan
from tests.rollups.reading import numbers, page_rows, percent, plain, shown
from tests.rollups.slow import WEIGHTED, Number

__all__ = ["house", "province", "truth"]

# --- what comes by the clock, and what is asked in chat


def _field_lines(house: House, text: str, unit: str) -> Iterator[str]:
    """The lines of the plan's digest, against sums of all answers of the month."""
    for line in plan().digest:
        slow = house.truth.slow(MONTH)
        said = slow.up(slow.said(line.field, "sum")).get(house.truth.id(unit), 0)
        seen = re.search(rf"{re.escape(line.label)}: (<3|…|[\d.]+)", text)
        assert seen is not None, line.label
        small = unit != COMMUNE and line.field in SENSITIVE and 0 < said < 3
        assert (seen[1] == "<3") == small
        yield from differs(f"digest {unit} {line.field}", seen[1].rstrip("."), said)


async def test_digests_say_it(house: House) -> None:
    heard = await house.chat.tick(DIGESTS)
    texts = {each.to: each.text for each in heard if "Vụ việc mới" in each.text}
    assert set(texts) == {PROVINCE, COMMUNE}
    assert [wrong for unit, text in texts.items() for wrong in _field_lines(house, text, unit)] == []


async def test_the_digest_of_targets_says_it(house: House) -> None:
    pack = plan().pack("XA-Q")
    window = Rules(plan()).window(pack, "2024-Q4") if pack else None
    assert window is not None
    heard = await house.chat.tick(window.closes.replace(hour=8, minute=0))
    text = next(each.text for each in heard if "CHỈ TIÊU" in each.text)
    wrong, seen = [], 0
    for line in text.split("CHỈ TIÊU")[1].splitlines()[1:-1]:
        title, _, said = line.rpartition(": ")
        name = next(each.id for each in KNOWN.values() if each.title == title)
        reached, missed, silent = house.truth.main(name, PROVINCE, "2024-Q4")[1] or (0, 0, 0)
        whole = reached + missed + silent
        wanted = [shown(each) for each in (reached, whole, percent(reached, whole), silent)]
        wrong += [] if numbers(said) == wanted else [f"{line}, slow {wanted}"]
        seen += 1
    assert wrong == []
    assert seen > 3


def _told(house: House, name: str, unit: str, period: str, said: str) -> list[str]:
    """A figure in the words of chat: the numbers it must begin with."""
    where = f"chat {name} {unit} {period}"
    value, counts = house.truth.main(name, unit, period)
    rollup = KNOWN[name].rollup
    found = numbers(said)
    if said.startswith(("không hiện", "dưới 3")):
        return [] if name in SENSITIVE and value else [f"{where}: {said}"]
    if counts is not None and sum(counts) == 1 and " đạt (" not in said:
        words = ("đạt", "chưa đạt", "chưa báo")[counts.index(1)]
        return [] if said.startswith(words) else [f"{where}: {said}, slow {counts}"]
    wanted: list[Number]
    if counts is not None and not counts[0] + counts[1]:
        return [] if said in NO_NUMBER else [f"{where}: {said}, slow {counts}"]
    if counts is not None:
        reached, missed, silent = counts
        wanted = [reached, sum(counts), percent(reached, sum(counts)), missed, silent]
    elif rollup.units == "counts":
        return [] if sum(found[: len(found)]) >= (value or 0) else [f"{where}: {said}, slow {value}"]
    elif value is None:
        wanted = []
    elif name in WEIGHTED or name == "CT25":
        part, whole_ = (each.get(house.truth.id(unit)) for each in house.truth.slow(period).shares(name))
        assert part is not None
        assert whole_ is not None
        wanted = [value, part, whole_]
    else:
        wanted = [value]
    silent_ = 1 if "nơi chưa báo" in said else 0
    right = [shown(each) for each in wanted] == found[: len(wanted)] and len(found) - len(wanted) <= silent_
    return [] if right else [f"{where}: {said}, slow {wanted}"]


async def test_the_chat_says_it(house: House) -> None:
    """All indicators that have a figure, of the province and what is right below it; and of a commune."""
    house.chat.clock.set(LATER)
    await house.chat.deliver()
    wrong: list[str] = []
    seen: dict[str, set[str]] = {PROVINCE: set(), COMMUNE: set()}
    for top, names in seen.items():
        for name in KNOWN:
            said = (await house.chat.say(top, name))[-1].splitlines()
            head = next((line for line in said if f", Đơn vị {top}: " in line), None)
            if head is None:
                continue
            names.add(name)
            words, figure = head.split(f", Đơn vị {top}: ")
            period = _period(words)
            wrong += _told(house, name, top, period, figure)
            for line in said:
                row = re.match(r"\d+\. Đơn vị (\S+): (.*)", line)
                wrong += _told(house, name, row[1], period, row[2]) if row else []
    assert wrong == []
    assert set(KNOWN) - seen[PROVINCE] == {"CT0"}
    assert len(seen[COMMUNE]) > 50


def _period(words: str) -> str:
    """ "Quý IV năm 2024" as "2024-Q4"."""
    year = str(re.findall(r"\d{4}", words)[-1])
    if found := re.search(r"[Nn]gày (\d+)/(\d+)", words):
        return f"{year}-{int(found[2]):02}-{int(found[1]):02}"
    if found := re.search(r"[Tt]háng (\d+)", words):
        return f"{year}-{int(found[1]):02}"
    if found := re.search(r"[Qq]uý (IV|I{1,3})", words):
        return f"{year}-Q{('I', 'II', 'III', 'IV').index(found[1]) + 1}"
    if "6 tháng" in words:
        return f"{year}-H{1 if 'đầu' in words else 2}"
    return year


# --- the page


async def test_the_page_shows_it(house: House) -> None:
    house.chat.clock.set(LATER)
    wrong: list[str] = []
    for viewer in (PROVINCE, COMMUNE):
        await house.enter(viewer)
        wrong += await _overview_rows(house, viewer)
        for name in KNOWN:
            wrong += await _indicator_page(house, viewer, name)
        wrong += await _area_pages(house, viewer)
    assert wrong == []


async def _overview_rows(house: House, unit: str) -> list[str]:
    """All 76 of a unit: this period, against the last, since January."""
    names = {each.name: each.id for each in KNOWN.values()}
    wrong, seen = [], set()
    for cells in page_rows(await house.page(f"/staff/indicators?period={YEAR}")):
        name = names.get(cells[1])
        if name:
            seen.add(name)
            where, truth = f"indicators {unit} {name}", house.truth
            now, before = (truth.main(name, unit, period)[0] for period in (YEAR, "2023"))
            wrong += differs(where, cells[2], now)
            wrong += differs(f"{where} change", cells[3], less(now, before))
            wrong += differs(f"{where} to date", cells[4], truth.main(name, unit, YEAR, True)[0])
    assert seen == set(KNOWN)
    return wrong


async def _indicator_page(house: House, unit: str, name: str) -> list[str]:
    """One indicator: its own figure with the three states, and the units below."""
    text = await house.page(f"/staff/indicators/{name}?period={YEAR}")
    truth, wrong, seen = house.truth, [], set()
    value, counts = truth.main(name, unit)
    card = plain(text.split('<span class="big">')[1].split("</span>")[0])
    wrong += differs(f"page {unit} {name}", card, value)
    states = re.search(r"<span>Đạt (\S+)</span><span>Chưa đạt (\S+)</span><span>Chưa báo (\S+)</span>", text)
    if (tuple(int(numbers(each)[0]) for each in states.groups()) if states else None) != counts:
        wrong.append(f"page {unit} {name}: {states and states.groups()}, slow {counts}")
    for cells in page_rows(text):
        code = cells[0].removeprefix("Đơn vị ")
        if code in house.below(unit):
            seen.add(code)
            now, year = truth.main(name, code)[0], truth.main(name, code, "2023")[0]
            figures = (now, None, less(now, year), less(now, year), truth.main(name, code, YEAR, True)[0])
            for at in (0, 2, 3, 4):
                if name in SENSITIVE and unit == PROVINCE and cells[at + 1] == "–":
                    continue  # one of the two is hidden from her
                wrong += differs(f"page {code} {name} {at}", cells[at + 1], figures[at])
    assert seen == set(house.below(unit))
    return wrong


async def _area_pages(house: House, unit: str) -> list[str]:
    """All indicators as columns, eight at once."""
    wrong, names = [], list(KNOWN)
    for start in range(0, len(names), 8):
        some = names[start : start + 8]
        asked = "&".join(f"column={name}" for name in some)
        rows = [
            cells
            for cells in page_rows(await house.page(f"/staff/areas?period={YEAR}&{asked}"))
            if cells[0].removeprefix("Đơn vị ") in house.below(unit)
        ]
        assert len(rows) == len(house.below(unit))
        for cells in rows:
            code = cells[0].removeprefix("Đơn vị ")
            for name, seen in zip(some, cells[4:], strict=True):
                wrong += differs(f"areas {code} {name}", seen, house.truth.main(name, code)[0])
    return wrong


# --- the interface and the page's files


async def test_the_interface_answers_it(house: House) -> None:
    house.chat.clock.set(LATER)
    wrong, seen, page = [], set(), 1
    while True:
        asked = f"period={YEAR}&children=true&pageSize=1000&page={page}"
        answer = await house.client.get(
            f"/api/v1/dataValueSets?{asked}", headers={"Authorization": f"Bearer {WORDS}"}
        )
        said = await answer.json()
        for row in said["dataValueSets"]:
            seen.add((row["orgUnit"], row["dataElement"]))
            wrong += row_differs(house, row, row["orgUnit"], row["dataElement"], row["field"])
        if page >= said["pager"]["pageCount"]:
            break
        page += 1
    assert wrong == []
    assert {name for unit, name in seen if unit == PROVINCE} == house.asked()
    assert {unit for unit, _ in seen} == {PROVINCE, *house.below(PROVINCE)}


async def test_the_pages_files_hold_it(house: House) -> None:
    house.chat.clock.set(LATER)
    await house.enter(PROVINCE)
    table = (await house.page(f"/staff/exports/so-lieu.csv?period={YEAR}")).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table)))
    data = json.loads(await house.page(f"/staff/exports/so-lieu.json?period={YEAR}"))["figures"]
    assert len(rows) == len(data)
    every = [*rows, *data]
    wrong = [
        w for row in every for w in row_differs(house, row, row["unit_code"], row["indicator"], row["field"])
    ]
    assert wrong == []
    assert {row["indicator"] for row in rows if row["unit_code"] == PROVINCE} == house.asked()
