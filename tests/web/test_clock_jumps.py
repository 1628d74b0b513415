"""The training clock jumped to what the assistant says unasked; seen on the phone, in a real browser."""

from datetime import UTC

from playwright.async_api import Browser, Page, expect

from bot.web.server import serve
from storage.domain.effects import SeatLinked
from storage.domain.messages import Address
from tests.web.conftest import Build, House
from tests.web.test_browser import DESK, hears, open_phone

COMMUNE = "13999"


async def jump(page: Page, to: str) -> None:
    """Set the clock to a local date and time."""
    clock = page.locator("#clock")
    if await clock.get_attribute("open") is None:
        await page.locator("#clock > summary").click()
    await page.get_by_label("Đến ngày giờ").fill(to)
    await page.get_by_role("button", name="Chuyển").click()
    day = f"{int(to[8:10])}/{int(to[5:7])}"
    await expect(page.locator("#clock .count")).to_have_text(f"{to[11:]}, {day}")


async def link(house: House, code: str) -> None:
    """Give a seat its phone."""
    at = house.clock.now().astimezone(UTC)
    await house.write(SeatLinked(Address("web", code), house.seat(code).id, at, ""))


async def test_every_kind_of_push_is_seen_on_the_phone(browser: Browser, build: Build) -> None:
    house = await build(sweeps=True)
    await link(house, COMMUNE)
    runner = await serve(house.app, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    context = await browser.new_context(viewport=DESK)
    page, troubles = await open_phone(context, url)
    await jump(page, "2024-03-17T08:30")
    await hears(page, "mai 18/3 là chốt số tháng 3")
    await jump(page, "2024-04-12T07:30")
    await hears(page, "số tháng 4")
    await jump(page, "2024-06-27T08:30")
    await hears(page, "Mai là Ngày Gia đình Việt Nam 28/6")
    above, more = await open_phone(context, url, COMMUNE)
    await jump(above, "2024-07-15T08:00")
    await hears(above, "Hội xã mình tháng 7: 0/2 chi hội đã gửi")
    await runner.cleanup()
    assert troubles == more == []
