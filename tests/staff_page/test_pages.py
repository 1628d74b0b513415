"""Every page: whose it is, what it needs of a form, what it says beside the figures."""

import csv
import io
import json
from datetime import UTC, date, timedelta

import pytest

from bot.web.staff.exporting import BUILT_IN, Export
from bot.web.staff.pages import PAGES
from bot.web.staff.visit import csrf_of
from storage.domain.effects import CorrectionRequested, SeatRequested, UnitsImported
from storage.domain.figures import PastValue
from storage.domain.messages import Address
from storage.queries import rounds
from tests.people.conftest import unit
from tests.staff_page.conftest import NASTY, Client, Office, cookie_of

#: A page each, as a province's officer asks for it.
PATHS = (
    "/staff",
    "/staff/areas",
    "/staff/indicators",
    "/staff/indicators/CT21a",
    "/staff/units/13999-05",
    "/staff/events",
    "/staff/approvals",
    "/staff/people",
    "/staff/plan",
    "/staff/exports",
    "/staff/exports/so-lieu.csv",
    "/staff/exports/so-lieu.json",
)

#: What belongs to a unit, with the unit left open.
OF_UNIT = (
    "/staff?unit={}",
    "/staff/areas?unit={}",
    "/staff/indicators?unit={}",
    "/staff/indicators/CT21a?unit={}",
    "/staff/units/{}",
    "/staff/people?unit={}",
    "/staff/exports?unit={}",
    "/staff/exports/so-lieu.csv?unit={}",
)


def test_no_page_is_left_out_here() -> None:
    assert len(PAGES) + 1 == len(PATHS) - 1  # csv and json are one route; /staff stands beside the table


@pytest.mark.parametrize("path", PATHS)
async def test_to_a_stranger_no_page_exists(client: Client, path: str) -> None:
    answer = await client.get(path, headers={"Accept": "text/html"})
    assert answer.status == (401 if path == "/staff" else 404)
    assert "TRANG" in await answer.text()
    forged = await client.get(path, cookies={"chihoi_staff": "x" * 43})
    assert forged.status == answer.status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.on_postgres
async def test_the_province_sees_every_page(office: Office, client: Client, path: str) -> None:
    await office.enter(client, "mai")
    answer = await client.get(path)
    assert answer.status == 200, await answer.text()


@pytest.mark.parametrize("path", OF_UNIT)
async def test_a_commune_sees_its_own_and_no_other(office: Office, client: Client, path: str) -> None:
    await office.enter(client, "lan")
    for code, status in (
        ("13999", 200), ("13999-05", 200), ("14000", 404), ("14000-05", 404), ("361", 404), ("36", 404),
        ("khong-co", 404),
    ):  # fmt: skip
        assert (await client.get(path.format(code))).status == status, code


async def test_a_commune_begins_at_itself(office: Office, client: Client) -> None:
    await office.enter(client, "xuan")
    for path in PATHS:
        if path != "/staff/units/13999-05":
            said = await (await client.get(path)).text()
            assert "Nam Hoa" not in said, path
            assert "Nguyễn Thị Hoa" not in said, path


@pytest.mark.on_postgres
async def test_what_does_not_exist_is_not_there(office: Office, client: Client) -> None:
    await office.enter(client, "mai")
    for path in (
        "/staff/indicators/XYZ", "/staff?period=2024-13", "/staff?period=abc", "/staff?period=2024-Q9",
        f"/staff?period={'9' * 40}",
        "/staff/exports/so-lieu.xlsx", "/staff/exports/khac.csv", "/staff/none", "/staff/units/%00",
    ):  # fmt: skip
        assert (await client.get(path)).status == 404, path


async def test_headers_are_strict(office: Office, client: Client) -> None:
    await office.enter(client, "mai")
    for path in (*PATHS, "/staff/none", "/staff/enter?k=x"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/staff/leave", "/staff/letters"])
async def test_a_form_must_be_the_page_s_own(office: Office, client: Client, path: str) -> None:
    await office.enter(client, "lan")
    right = csrf_of(cookie_of(client))
    for data in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "đ"}, {"csrf": csrf_of("x")}):
        assert (await client.post(path, data=data)).status == 403
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        assert (await client.post(path, data={"csrf": right}, headers=headers)).status == 403
    assert (await client.get("/staff")).status == 200
    client.session.cookie_jar.clear()
    assert (await client.post(path, data={"csrf": right})).status == 404


async def test_names_and_answers_are_only_text(office: Office, client: Client) -> None:
    office.figures.said = "<script>alert(1)</script>"
    await office.enter(client, "lan")
    for path in (
        "/staff/areas",
        "/staff/units/13999-07",
        "/staff/people",
        "/staff/indicators/CT21a",
        "/staff",
    ):
        said = await (await client.get(path)).text()
        assert "<script" not in said, path
        assert "<img src=x" not in said, path
    assert "&lt;script&gt;document.title" in await (await client.get("/staff/areas")).text()


async def test_figures_say_what_they_are(office: Office, client: Client) -> None:
    await office.enter(client, "mai")
    said = await (await client.get("/staff/indicators/CT21a?unit=361&period=2024-03")).text()
    for words in ("chưa báo", "50%", "3/6 đơn vị đạt, 1 chưa báo", "+49,7 điểm"):
        assert words in said, words
    unit = await (await client.get("/staff/units/13999-05")).text()
    for words in ("41", "trước là 40", "chưa rõ", "cơ sở nhập hộ", "gửi 19:30, 14/3", "Đổi tên thành Xóm 5"):
        assert words in unit, words
    overview = await (await client.get("/staff?unit=13999")).text()
    for words in (
        "Chi hội xóm 1, Xã Nam Hoa",
        "410, mọi kỳ thường khoảng 41",
        "2 chi hội chưa gửi đủ báo cáo",
        "chưa đạt: ",
    ):
        assert words in overview, words


async def test_sensitive_answers_stay_with_the_commune(office: Office, client: Client) -> None:
    asked = next(q for pack in office.backend.plan.packs for q in pack.questions if q.sensitive)
    at = office.house.clock.now().astimezone(UTC)
    said = PastValue("2024-03", "CH-T", asked.name, asked.fields[0], "given", 987, at)
    office.figures.more = (said,)
    await office.enter(client, "lan")
    assert "987" in await (await client.get("/staff/units/13999-05")).text()
    await office.enter(client, "mai")
    seen = await (await client.get("/staff/units/13999-05")).text()
    assert "987" not in seen
    assert "chỉ Hội cơ sở của đơn vị" in seen
    looked = office.house.rows("SELECT details FROM audit WHERE what='unit_history_read'")
    assert len(looked) == 2


async def test_what_waits_is_shown_to_those_above(office: Office, client: Client) -> None:
    house = office.house
    at = house.clock.now().astimezone(UTC)
    asker = Address("telegram", "khach")
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    await house.write(
        SeatRequested(asker, house.seat("13999-06").id, "Tạ <b>Thị</b> Yến", "chị", at),
        CorrectionRequested(
            house.seat("13999-05").id, march.id, "MH33.2", {"MH33.2": 41}, {"MH33.2": 46}, at
        ),
    )
    await office.enter(client, "lan")
    said = await (await client.get("/staff/approvals")).text()
    for words in ("Tạ &lt;b&gt;Thị&lt;/b&gt; Yến", "Chi hội xóm 6", "46", "DUYỆT"):
        assert words in said, words
    await office.enter(client, "xuan")
    assert "Yến" not in await (await client.get("/staff/approvals")).text()


@pytest.mark.on_postgres
async def test_people_are_reachable_or_not(office: Office, client: Client) -> None:
    await office.phone("hoa")
    await office.enter(client, "lan")
    said = await (await client.get("/staff/people")).text()
    assert said.count("nhắn được</span>") == 2  # cô Hoa, and chị Lan herself
    left = await (await client.get("/staff/people?only=unconnected")).text()
    assert "Nguyễn Thị Hoa" not in left
    assert "Chi hội xóm 6" in left


async def test_letters_carry_fresh_codes_for_those_not_connected(office: Office, client: Client) -> None:
    await office.phone("hoa")
    await office.enter(client, "lan")
    csrf = csrf_of(cookie_of(client))
    letter = await client.post("/staff/letters", data={"csrf": csrf, "unit": "13999-01"})
    assert letter.headers["Content-Disposition"].startswith("attachment")
    text = await letter.text()
    assert "Bùi Thị Sốa" in text
    assert "t.me/HoiBot" not in text  # the link is in the square only
    assert len(office.house.rows("SELECT * FROM one_time_codes WHERE replaced_at IS NULL")) == 1
    for code, status in (("13999-05", 409), ("14000", 404), ("36", 404)):
        answer = await client.post("/staff/letters", data={"csrf": csrf, "unit": code})
        assert answer.status == status, code


@pytest.mark.on_postgres
async def test_exports_hold_the_figures_and_hide_the_hidden(office: Office, client: Client) -> None:
    await office.enter(client, "mai")
    answer = await client.get("/staff/exports/so-lieu.csv?unit=13999&period=2024-03")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="so-lieu-13999-2024-03.csv"'
    rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    plain = next(row for row in rows if (row["unit_code"], row["field"]) == ("13999-01", "NEN.1"))
    assert (plain["value"], plain["state"]) == ("1812", "reported")
    secret = next(each.id for each in office.backend.plan.indicators if each.sensitive)
    assert {row["value"] for row in rows if row["field"] == secret} == {""}
    assert {row["unit"] for row in rows} >= {NASTY}
    whole = json.loads(await (await client.get("/staff/exports/so-lieu.json?unit=13999")).text())
    assert (whole["unit"], whole["period"], len(whole["figures"])) == ("13999", "2024-03", len(rows))
    assert len(office.house.rows("SELECT * FROM audit WHERE what='figures_exported'")) == 2


async def test_a_further_file_is_one_entry(office: Office, client: Client) -> None:
    assert [(each.name, each.suffix) for each in BUILT_IN] == [("so-lieu", "csv"), ("so-lieu", "json")]
    made = Export("phu-luc", "xlsx", "application/vnd.ms-excel", lambda asked: asked.unit.code.encode())
    object.__setattr__(office.backend, "exports", (*BUILT_IN, made))
    await office.enter(client, "lan")
    assert "phu-luc.xlsx?unit=13999" in await (await client.get("/staff/exports")).text()
    assert await (await client.get("/staff/exports/phu-luc.xlsx")).read() == b"13999"


async def test_an_old_period_is_seen_by_whoever_had_the_unit_then(office: Office, client: Client) -> None:
    moved = (unit("13999-04", "Chi hội xóm 4", "CH", "14000", "Bùi Thị Sốd"),)
    at = office.house.clock.now().astimezone(UTC)
    await office.house.write(UnitsImported(moved, at, date(2024, 3, 10)))
    office.house.clock.advance(timedelta(days=30))
    await office.enter(client, "lan")
    path = "/staff/areas?unit=13999-04"
    assert (await client.get(path)).status == 404
    assert (await client.get(f"{path}&period=2024-03")).status == 404
    assert (await client.get(f"{path}&period=2024-02")).status == 200
