"""The page without a browser: routes, headers, escaping, resending, the clock, photos."""

import asyncio
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from bot.web.phone import PHOTO_LIMIT
from bot.web.phone_view import photo_name
from scheduler.clock import VIETNAM, ManualClock, SystemClock
from storage.domain.effects import ConversationMoved, MessageQueued, RoundOpened
from storage.domain.messages import Address, Choice, Outbound
from storage.plan_files import load_plan
from storage.queries import people, rounds
from tests.web.conftest import HOA, ROOT, SEAT, START, Build, Client, House

BROWSER = {"Accept": "text/html"}


async def say(client: Client, client_id: str = "message-1", **fields: Any) -> int:
    """Post a message as the script does; the answer's status."""
    data = {"seat": SEAT, "id": client_id, **fields}
    async with client.post("/phone/messages", data=data, headers={"Accept": "text/plain"}) as answer:
        return answer.status


async def text_of(client: Client, path: str, **options: Any) -> str:
    """The body of a page that must be there."""
    async with client.get(path, **options) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


def upload(data: bytes, kind: str = "image/jpeg", client_id: str = "photo-001") -> FormData:
    """A form with a photo, as a browser sends it."""
    form = FormData()
    form.add_field("seat", SEAT)
    form.add_field("id", client_id)
    form.add_field("text", "")
    form.add_field("photo", io.BytesIO(data), filename="anh.jpg", content_type=kind)
    return form


# --- pages


async def test_without_a_seat_the_showcase_is_offered_first(client: Client) -> None:
    page = await text_of(client, "/")
    assert "Nguyễn Thị Hoa" in page
    assert "Chi hội xóm 5" in page
    assert "Xã Nam Hoa" in page


@pytest.mark.parametrize("query", ["hoa xom 5", "NGUYỄN thi hoa", "13999-05"])
async def test_seats_are_found_without_diacritics(client: Client, query: str) -> None:
    page = await text_of(client, "/", params={"q": query})
    assert re.findall(r'name="seat" value="([^"]+)"', page) == [SEAT]


async def test_seats_are_found_by_commune(client: Client) -> None:
    page = await text_of(client, "/", params={"q": "nam hoa"})
    assert re.findall(r'name="seat" value="([^"]+)"', page) == ["13999", "13999-04", SEAT]


async def test_a_search_without_result_says_so(client: Client) -> None:
    page = await text_of(client, "/", params={"q": "<script>alert(1)</script>"})
    assert "Không tìm thấy ai" in page
    assert "<script>alert" not in page


async def test_choosing_a_seat_links_its_phone(client: Client, house: House) -> None:
    other = Address("web", "13999-04")
    assert not house.ask(people.linked, other)
    async with client.post("/phone/seat", data={"seat": "13999-04"}, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/?seat=13999-04"
    assert house.ask(people.linked, other)
    page = await text_of(client, "/?seat=13999-04")
    assert "Vũ Thị &lt;b&gt;Đào&lt;/b&gt;" in page
    assert "<b>Đào" not in page


async def test_an_unknown_seat_is_a_kind_page(client: Client) -> None:
    async with client.get("/?seat=99999-99", headers=BROWSER) as answer:
        assert answer.status == 404
        assert "không thấy Chi hội" in await answer.text()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/khong-co", 404), ("GET", "/phone/messages", 405), ("GET", "/static/../phone.py", 404),
     ("GET", "/static/%2e%2e/phone.py", 404), ("GET", "/phone/stored?seat=x", 404),
     ("POST", "/phone/clock", 404)],
)  # fmt: skip
async def test_errors_are_vietnamese_sentences(client: Client, method: str, path: str, status: int) -> None:
    for headers in (BROWSER, {"Accept": "*/*"}):
        async with client.request(method, path, headers=headers) as answer:
            assert answer.status == status
            assert re.search("[ạộầếứ]", await answer.text())
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", f"/?seat={SEAT}", f"/phone/stored?seat={SEAT}", "/healthz", "/no"])
async def test_every_answer_has_the_strict_headers(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(client: Client) -> None:
    await say(client, text="chào em")
    for path in ("/", f"/?seat={SEAT}"):
        page = await text_of(client, path)
        assert not re.search(r"<style|style=|<script(?! src=\"/static/)|\son\w+=|javascript:", page)
        assert not re.search(r"(src|href|action)=\"(?!/|#)", page)


async def test_static_files_may_be_kept_for_ever_because_their_name_changes(client: Client) -> None:
    page = await text_of(client, f"/?seat={SEAT}")
    addresses = re.findall(r'"(/static/phone\.(?:css|js)\?v=\w+)"', page)
    assert len(addresses) == 2
    for address in addresses:
        async with client.get(address) as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]


async def test_health(client: Client, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await text_of(client, "/healthz")
    assert await text_of(client, "/readyz")
    house.database.close()
    async with client.get("/readyz") as answer:
        assert answer.status == 503
    assert await text_of(client, "/healthz")


# --- messages


async def test_beside_each_message_stands_how_it_was_read(client: Client, house: House) -> None:
    for number, words in enumerate(("bắt đầu", "ok e", "r", "bốn mươi mốt", "để sau")):
        assert await say(client, f"message-{number}", text=words) == 204
    seen = await (await client.get("/phone/transcript", params={"seat": SEAT})).text()
    assert "Em hiểu: một câu trả lời <b>41/62</b>" in seen
    assert "Em hiểu: để sau" in seen


async def test_a_message_is_answered_and_shown(client: Client, house: House) -> None:
    assert await say(client, text="chào em") == 204
    transcript = await text_of(client, f"/phone/transcript?seat={SEAT}")
    assert "Em chào chị Hoa ạ!" in transcript
    assert "chào em" in transcript
    assert '<button class="choice" form="choices" name="choice"' in transcript


async def test_a_form_without_script_comes_back_to_the_page(client: Client) -> None:
    data = {"seat": SEAT, "id": "message-1", "text": "chào em"}
    async with client.post("/phone/messages", data=data, headers=BROWSER) as answer:
        assert answer.status == 200
        assert answer.url.query["seat"] == SEAT
        assert "Em chào chị Hoa ạ!" in await answer.text()


async def test_json_is_taken_too(client: Client, house: House) -> None:
    data = {"seat": SEAT, "id": "message-1", "text": "chào em \ud800\x00"}
    async with client.post("/phone/messages", json=data) as answer:
        assert answer.status == 204
    assert house.said() == ["chào em ?"]


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"', b"\xff\xfe"])
async def test_json_that_is_none_is_refused(client: Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with client.post("/phone/messages", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert "tải lại trang" in await answer.text()


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/x-www-form-urlencoded", b"seat=\xff\xfe"), ("multipart/form-data", b"seat"),
     ("application/x-www-form-urlencoded; charset=klingon", b"seat=1"),
     ("multipart/form-data; boundary=x", b"--y")],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/phone/messages", "/phone/seat", "/phone/clock"])
async def test_forms_that_are_none_are_refused(client: Client, path: str, kind: str, body: bytes) -> None:
    async with client.post(path, data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status in (400, 404)
        assert re.search("[ạộầếứ]", await answer.text())


@pytest.mark.parametrize("text", ["%ff", "%00", "%ed%a0%80", "'; drop table seats --", "%25", "a" * 3000])
async def test_odd_questions_are_answered(client: Client, text: str) -> None:
    for path in (f"/?seat={text}", f"/?q={text}", f"/phone/stored?seat={text}", f"/phone/photo?seat={text}"):
        async with client.get(path) as answer:
            assert answer.status in (200, 404)


async def test_a_message_sent_twice_is_one(client: Client, house: House) -> None:
    assert await say(client, text="chào em") == 204
    before = house.lines()
    assert await asyncio.gather(*(say(client, text="chào em") for _ in range(4))) == [204] * 4
    assert house.lines() == before
    assert await say(client, "message-2", text="chào em") == 204
    assert house.said() == ["chào em", "chào em"]


async def test_the_same_id_on_two_phones_is_two_messages(client: Client, house: House) -> None:
    assert await say(client, text="chào em") == 204
    assert await say(client, seat="13999-04", text="chào em") == 204
    assert len(house.lines()) == len(house.lines("13999-04")) == 2


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"text": ""}, "chữ nào"), ({"text": "   "}, "chữ nào"), ({"text": "a" * 4097}, "dài quá"),
     ({"text": "a", "id": "x y"}, "tải lại"), ({"text": "a", "id": ""}, "tải lại"), ({}, "chữ nào")],
)  # fmt: skip
async def test_what_says_nothing_is_refused_kindly(
    client: Client, house: House, fields: Mapping[str, str], word: str
) -> None:
    async with client.post("/phone/messages", data={"seat": SEAT, "id": "message-1", **fields}) as answer:
        assert answer.status == 400
        assert word in await answer.text()
    assert house.lines() == []


async def test_markup_in_a_message_is_only_text(client: Client, house: House) -> None:
    await say(client, "message-1", text="chào em")
    await say(client, "message-2", text="<img src=x onerror=alert(1)>")
    await house.push("<script>alert(2)</script> & chị")
    for path in (f"/?seat={SEAT}", f"/phone/transcript?seat={SEAT}"):
        page = await text_of(client, path)
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        assert "&lt;script&gt;alert(2)&lt;/script&gt; &amp; chị" in page
        assert "<img src=x" not in page


async def test_a_button_of_an_earlier_message_is_muted_and_still_answered(
    client: Client, house: House
) -> None:
    await say(client, "message-1", text="chào em")
    greeting = house.lines()[-1].choices
    assert await say(client, "message-2", choice=greeting[0].token) == 204
    page = await text_of(client, f"/phone/transcript?seat={SEAT}")
    assert page.count('class="choices old"') == 1
    assert f"{greeting[0].number} {greeting[0].label}</p>" in page
    before = house.lines()
    assert await say(client, "message-3", choice=greeting[1].token) == 204
    answers = house.lines()[len(before) :]
    assert [line.direction for line in answers] == ["in", "out"]
    assert "Câu 1/" in answers[-1].text


async def test_numbers_said_by_the_buttons_are_not_said_twice(client: Client, house: House) -> None:
    outbound = Outbound(
        HOA, "Chị chọn giúp em:\n1 Rồi · 2 Chưa", (Choice(1, "Rồi", "a"), Choice(2, "Chưa", "b"))
    )
    await house.write(MessageQueued(outbound, START))
    page = await text_of(client, f"/phone/transcript?seat={SEAT}")
    assert "<b>1</b> Rồi" in page
    assert "1 Rồi · 2 Chưa" not in page


async def test_what_was_not_kept_is_shown_as_not_kept(client: Client, house: House) -> None:
    await house.write()
    clock = house.clock
    assert isinstance(clock, ManualClock)
    clock.set(datetime(2024, 1, 2, 8, 0, tzinfo=VIETNAM))  # before any round: words are not needed
    await say(client, text="chuyện riêng")
    page = await text_of(client, f"/phone/transcript?seat={SEAT}")
    assert "Lời nhắn này không được lưu lại" in page
    assert "chuyện riêng" not in page


async def test_a_form_of_another_site_is_refused(client: Client, house: House) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        for path in ("/phone/messages", "/phone/seat", "/phone/clock"):
            data = {"seat": SEAT, "id": "message-1", "text": "chào", "by": "day"}
            async with client.post(path, data=data, headers=headers) as answer:
                assert answer.status == 403
    assert house.lines() == []
    assert house.clock.now() == START


async def test_what_fails_inside_is_a_sentence_and_may_be_sent_again(client: Client, house: House) -> None:
    house.fail = RuntimeError("secret of the house")
    data = {"seat": SEAT, "id": "message-1", "text": "chào em"}
    async with client.post("/phone/messages", data=data, headers=BROWSER) as answer:
        assert answer.status == 500
        page = await answer.text()
        assert "trục trặc" in page
        assert "secret" not in page
    assert await say(client, text="chào em") == 204
    assert house.said() == ["chào em"]


async def test_a_fragment_is_sent_once(client: Client) -> None:
    for path in (f"/phone/transcript?seat={SEAT}", f"/phone/stored?seat={SEAT}"):
        async with client.get(path) as answer:
            etag = answer.headers["ETag"]
        async with client.get(path, headers={"If-None-Match": etag}) as answer:
            assert answer.status == 304
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        await say(client, f"message-{len(path)}", text="chào em")
        async with client.get(path, headers={"If-None-Match": etag}) as answer:
            assert answer.status == 200


# --- photos


async def test_a_photo_is_kept_cleaned_and_shown_to_its_seat_only(
    client: Client, house: House, picture: bytes
) -> None:
    await say(client, text="chào em")
    async with client.post("/phone/messages", data=upload(picture)) as answer:
        assert answer.status == 204
    path = house.lines()[-2].path
    assert (house.photos / path).is_file()
    page = await text_of(client, f"/phone/transcript?seat={SEAT}")
    found = re.search(r'src="(/phone/photo\?seat=13999-05&amp;name=\w+)"', page)
    assert found
    address = found[1].replace("&amp;", "&")
    async with client.get(address) as answer:
        assert answer.status == 200
        assert answer.content_type == "image/jpeg"
        assert (await answer.read())[:3] == b"\xff\xd8\xff"
    async with client.get(address.replace(SEAT, "13999-04")) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "name", ["../chihoi.db", "%2e%2e%2fchihoi.db", "/etc/passwd", "", photo_name("../chihoi.db")]
)
async def test_no_other_file_can_be_had(client: Client, house: House, name: str) -> None:
    house.photos.mkdir()
    async with client.get(f"/phone/photo?seat={SEAT}&name={name}") as answer:
        assert answer.status == 404


async def test_a_path_out_of_the_folder_is_not_followed_even_from_the_database(
    client: Client, house: House, picture: bytes
) -> None:
    await say(client, text="chào em")
    async with client.post("/phone/messages", data=upload(picture)) as answer:
        assert answer.status == 204
    kept = house.photos / house.lines()[-2].path
    kept.unlink()
    kept.symlink_to(house.database.shown)
    async with client.get(f"/phone/photo?seat={SEAT}&name={photo_name(house.lines()[-2].path)}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("size", "status"), [(PHOTO_LIMIT, 204), (PHOTO_LIMIT + 1, 413), (PHOTO_LIMIT + 2 * 1024 * 1024, 413)]
)
async def test_photos_to_10_mb(client: Client, picture: bytes, size: int, status: int) -> None:
    async with client.post("/phone/messages", data=upload(picture.ljust(size, b"\0"))) as answer:
        assert answer.status == status
        if status == 413:
            assert "10 MB" in await answer.text()


async def test_a_file_that_is_no_photo_is_refused(client: Client, house: House, picture: bytes) -> None:
    for form in (upload(b"%PDF-1.7", "application/pdf"), upload(b"", "image/png")):
        async with client.post("/phone/messages", data=form) as answer:
            assert answer.status == 400
            assert "chỉ nhận ảnh" in await answer.text()
    assert house.lines() == []


async def test_a_broken_photo_is_answered_by_the_bot(client: Client, house: House) -> None:
    await say(client, text="chào em")
    async with client.post("/phone/messages", data=upload(b"\xff\xd8\xff not a picture")) as answer:
        assert answer.status == 204
    page = await text_of(client, f"/phone/transcript?seat={SEAT}")
    assert "Ảnh (không lưu)" in page
    assert house.lines()[-1].direction == "out"


# --- what is stored, and the clock


async def test_the_panel_shows_what_is_stored(client: Client, house: House) -> None:
    panel = await text_of(client, f"/phone/stored?seat={SEAT}")
    assert "Chưa bắt đầu" in panel
    for n, text in enumerate(["chào em", "1", "r, hôm mùng 8/3", "bốn mươi mốt"]):
        await say(client, f"message-{n}", text=text)
    panel = await text_of(client, f"/phone/stored?seat={SEAT}")
    assert "có (08/3)" in panel
    assert "41/62" in panel
    assert "“bốn mươi mốt”" in panel
    assert "19:30" in panel
    assert "Tin cuối được hiểu là: một câu trả lời" in panel
    await say(client, "message-9", text="sửa 2")
    await say(client, "message-10", text="38")
    panel = await text_of(client, f"/phone/stored?seat={SEAT}")
    assert "38/62" in panel
    assert re.search(r"trước là 41/62", panel)


async def test_the_panel_shows_the_report_that_will_be_asked(client: Client, house: House) -> None:
    at = START.astimezone(UTC)
    overdue = RoundOpened("CH-Q", "2024-Q1", at - timedelta(days=8), at - timedelta(days=2))
    await house.write(overdue)
    for _ in range(2):  # before she has said anything, and after
        panel = await text_of(client, f"/phone/stored?seat={SEAT}")
        assert "<strong>Số tháng 3</strong>" in panel
        assert re.search(r"Báo cáo khác đang mở.*Số quý I:", panel, re.DOTALL)
        await say(client, text="chào em")


async def test_every_pack_of_the_plan_can_be_shown(client: Client, house: House) -> None:
    codes = {"CH": SEAT, "XA": "13999", "HU": "361", "TI": "36"}
    at = START.astimezone(UTC)
    shown = 0
    for pack in load_plan(ROOT / "plans" / "kh83-2024").packs:
        if pack.level not in codes:
            continue
        await house.write(RoundOpened(pack.id, "2024-03", at - timedelta(days=1), at + timedelta(hours=1)))
        seat, asked = house.seat(codes[pack.level]), house.ask(rounds.round_of, pack.id, "2024-03")
        assert asked is not None
        await house.write(ConversationMoved(Address("web", seat.code), at, seat.id, asked.id))
        panel = await text_of(client, f"/phone/stored?seat={seat.code}")
        assert '<table class="rows"' in panel
        assert "{" not in panel
        shown += 1
    assert shown > 10
    panel = await text_of(client, f"/phone/stored?seat={SEAT}")
    assert "Báo cáo khác đang mở" in panel


@pytest.mark.parametrize(
    ("form", "expected"),
    [({"by": "hour"}, "2024-03-14T20:30"), ({"by": "day"}, "2024-03-15T19:30"),
     ({"moment": "before_3"}, "2024-03-15T08:30"), ({"moment": "before_1"}, "2024-03-17T08:30"),
     ({"moment": "after_1"}, "2024-03-19T08:30"), ({"moment": "opens"}, "2024-04-12T07:30"),
     ({"to": "2024-03-20T06:05"}, "2024-03-20T06:05")],
)  # fmt: skip
async def test_the_clock_jumps_and_the_sweeps_run(
    client: Client, house: House, form: dict[str, str], expected: str
) -> None:
    async with client.post("/phone/clock", data={"seat": SEAT, **form}, headers=BROWSER) as answer:
        assert answer.status == 200
        assert answer.url.query["seat"] == SEAT
    moment = datetime.fromisoformat(expected).replace(tzinfo=VIETNAM)
    assert house.clock.now() == moment
    assert house.ticks == [moment]


@pytest.mark.parametrize(
    ("form", "word"),
    [({"to": "2024-03-14T19:30"}, "chạy lùi"), ({"to": "2024-03-01T08:00"}, "chạy lùi"),
     ({"to": "2031-01-01T08:00"}, "Xa quá"), ({"to": "9999-12-31T23:59"}, "Xa quá"),
     ({"to": "mai"}, "chưa rõ"), ({"by": "year"}, "chưa rõ"), ({"moment": "x"}, "chưa rõ"), ({}, "chưa rõ")],
)  # fmt: skip
async def test_the_clock_goes_nowhere_else(
    client: Client, house: House, form: dict[str, str], word: str
) -> None:
    async with client.post("/phone/clock", data={"seat": SEAT, **form}) as answer:
        assert answer.status == 400
        assert word in await answer.text()
    assert house.clock.now() == START
    assert house.ticks == []


async def test_the_real_clock_is_not_offered(build: Build) -> None:
    house = await build(SystemClock())
    async with TestClient(TestServer(house.app)) as client:
        page = await text_of(client, f"/?seat={SEAT}")
        assert 'id="clock"' not in page
        async with client.post("/phone/clock", data={"seat": SEAT, "by": "day"}) as answer:
            assert answer.status == 403
