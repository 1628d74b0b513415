"""Signing in by a link of the chat: once, for a quarter of an hour, for her alone."""

import asyncio
import re
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner

from bot.cli import app as chihoi
from bot.web.staff.limit import MOST
from bot.web.staff.visit import csrf_of
from storage.domain.effects import SeatHandedOver
from tests.staff_page.conftest import STAFF, Build, Client, Office, cookie_of, fill

#: What chat programs send to see what a link shows.
PREVIEW = {"User-Agent": "TelegramBot (like TwitterBot)", "Accept": "text/html"}


async def post(client: Client, link: str) -> int:
    """Press the button of a link's page; the answer's status."""
    answer = await client.post("/staff/enter", data={"k": link.partition("?k=")[2]}, allow_redirects=False)
    return answer.status


@pytest.mark.parametrize("word", ["TRANG", "trang", "Vào trang", "mở trang "])
async def test_an_officer_is_sent_a_link(office: Office, word: str) -> None:
    said = await (await office.phone("mai")).says(word)
    assert re.search(r"http://trang\.test/staff/enter\?k=[\w.-]{60,}", said)
    assert "một lần trong 15 phút" in said


async def test_a_branch_head_and_a_stranger_are_sent_none(office: Office) -> None:
    assert "/staff" not in await (await office.phone("hoa")).says("TRANG")
    assert "/staff" not in await office.house.phone("ai-do").says("TRANG")
    assert office.house.rows("SELECT count(*) FROM staff_links") == [(0,)]


async def test_without_an_address_she_is_told_so(build: Build) -> None:
    office = await fill(build(public_url=""))
    assert "chưa mở ra ngoài" in await (await office.phone("mai")).says("TRANG")
    assert office.house.rows("SELECT count(*) FROM staff_links") == [(0,)]


async def test_a_preview_does_not_use_the_link_up_and_the_button_does(office: Office, client: Client) -> None:
    link = await office.link("mai")
    for _ in range(3):
        preview = await client.get(link, headers=PREVIEW)
        assert preview.status == 200
        assert "Vũ Thị Mai" not in await preview.text()
    assert (await client.get("/staff")).status == 401
    assert await post(client, link) == 303
    home = await client.get("/staff")
    assert (home.status, "Vũ Thị Mai" in await home.text()) == (200, True)
    client.session.cookie_jar.clear()
    assert await post(client, link) == 410
    assert (await client.get(link)).status == 410
    assert (await client.get("/staff")).status == 401


async def test_a_link_ends_after_a_quarter_of_an_hour(office: Office, client: Client) -> None:
    link = await office.link("mai")
    office.house.clock.advance(timedelta(minutes=15))
    assert (await client.get(link)).status == 410
    assert await post(client, link) == 410


async def test_a_new_link_ends_the_earlier_one(office: Office, client: Client) -> None:
    first, second = await office.link("mai"), await office.link("mai")
    assert await post(client, first) == 410
    assert await post(client, second) == 303


async def test_a_link_cannot_be_made_up_or_changed(office: Office, client: Client) -> None:
    nonce, person, until, signature = (await office.link("lan")).partition("?k=")[2].split(".")
    mai = office.house.seat("36").person
    assert mai is not None
    later = str(int(until) + 3600)
    for parts in (
        (nonce, str(mai.id), until, signature),
        (nonce, person, later, signature),
        (nonce[:-1] + ("A" if nonce[-1] != "A" else "B"), person, until, signature),
        (nonce, person, until, ""),
        (nonce, person, "²", signature),
        ("", "", "", ""),
    ):
        assert await post(client, "?k=" + ".".join(parts)) == 410
    assert await post(client, "?k=" + "đ" * 300) == 410


@pytest.mark.on_postgres
async def test_a_link_and_a_session_end_when_the_seat_changes_hands(office: Office, client: Client) -> None:
    await office.enter(client, "lan")
    link = await office.link("lan")
    seat = office.house.seat(STAFF["lan"])
    now = office.house.clock.now().astimezone(UTC)
    await office.house.write(SeatHandedOver(seat.id, "Đặng Thị Nhung", "chị", now))
    assert (await client.get("/staff")).status == 401
    assert (await client.get("/staff/plan")).status == 404
    assert await post(client, link) == 410


async def test_a_session_ends_after_twelve_hours_and_by_leaving(office: Office, client: Client) -> None:
    await office.enter(client, "lan")
    office.house.clock.advance(timedelta(hours=11, minutes=59))
    assert (await client.get("/staff")).status == 200
    token = cookie_of(client)
    left = await client.post("/staff/leave", data={"csrf": csrf_of(token)})
    assert left.status == 200
    assert cookie_of(client) == ""
    assert (await client.get("/staff", cookies={"chihoi_staff": token})).status == 401
    await office.enter(client, "lan")
    office.house.clock.advance(timedelta(hours=12))
    assert (await client.get("/staff")).status == 401


async def test_neither_link_nor_cookie_is_in_the_tables(office: Office, client: Client) -> None:
    token = (await office.link("lan")).partition("?k=")[2]
    assert await post(client, f"?k={token}") == 303
    kept = str(office.house.rows("SELECT * FROM staff_links"))
    kept += str(office.house.rows("SELECT * FROM staff_sessions"))
    assert token not in kept
    assert cookie_of(client) not in kept
    assert "None" not in str(office.house.rows("SELECT used_at FROM staff_links"))


@pytest.mark.parametrize(("public_url", "secure"), [("https://hoi.test", True), ("http://hoi.test", False)])
async def test_the_cookie_is_locked(build: Build, public_url: str, secure: bool) -> None:
    office = await fill(build(public_url))
    async with TestClient(TestServer(office.app)) as client:
        token = (await office.link("mai")).partition("?k=")[2]
        answer = await client.post("/staff/enter", data={"k": token}, allow_redirects=False)
    words = {word.strip() for word in answer.headers["Set-Cookie"].split(";")}
    assert {"HttpOnly", "SameSite=Lax", "Path=/staff", "Max-Age=43200"} <= words
    assert ("Secure" in words) is secure


async def test_who_guesses_must_wait(office: Office, client: Client) -> None:
    link = await office.link("mai")
    for _ in range(MOST):
        assert await post(client, "?k=doan") == 410
    assert await post(client, link) == 429
    assert (await client.get(link)).status == 429
    elsewhere = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert (await client.get(link, headers=elsewhere)).status == 200
    office.house.clock.advance(timedelta(minutes=10))
    assert (await client.get(link)).status == 200


async def test_another_site_cannot_press_the_button(office: Office, client: Client) -> None:
    token = (await office.link("mai")).partition("?k=")[2]
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        answer = await client.post("/staff/enter", data={"k": token}, headers=headers)
        assert answer.status == 403
    assert await post(client, f"?k={token}") == 303


async def test_the_command_prints_a_link_for_the_first_administrator(
    office: Office, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.staff.SystemClock", lambda: office.house.clock)
    url = f"sqlite:///{tmp_path / 'staff.db'}"
    run = ["staff", "link", "36", "--url", "https://hoi.test/", "--database", url]
    printed = await asyncio.to_thread(CliRunner().invoke, chihoi, run)
    assert printed.exit_code == 0, printed.output
    assert await post(client, printed.output.strip().removeprefix("https://hoi.test/staff/enter")) == 303
    for code, why in (("13999-05", "trên cấp chi hội"), ("999", "không có vị trí"), ("13999-06", "chưa có")):
        run = ["staff", "link", code, "--database", url]
        refused = await asyncio.to_thread(CliRunner().invoke, chihoi, run)
        assert (refused.exit_code, why in refused.output) == (2, True), refused.output
