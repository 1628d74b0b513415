"""The pages in headless Chromium: at an office screen and a telephone, by axe, by keyboard, on paper."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.staff_page.conftest import Office
from tests.web.test_browser import CONTRASTS, DESK, TELEPHONE, Troubles

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"

#: Every page; the commune's pages hold the nasty names.
PATHS = (
    "/staff",
    "/staff?unit=13999",
    "/staff/areas?unit=361",
    "/staff/areas?unit=13999&measure=CT21a",
    "/staff/indicators?unit=13999",
    "/staff/indicators/CT21a?unit=13999",
    "/staff/units/13999-05",
    "/staff/units/13999-07",
    "/staff/events",
    "/staff/approvals",
    "/staff/people",
    "/staff/plan",
    "/staff/exports",
    "/staff/none",
)

FINDINGS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(v => ["serious", "critical"].includes(v.impact))
  .map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(" | ")}`)"""

#: What sticks out to the right, but for what scrolls by itself.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(e => e.checkVisibility()
  && !e.closest(".hidden, .skip, .scroll") && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.outerHTML.slice(0, 80))"""


async def signed_in(context: BrowserContext, office: Office, url: str, name: str = "mai") -> Page:
    """Somebody opens her link and presses the button."""
    page = await context.new_page()
    await page.goto(url + await office.link(name))
    await page.get_by_role("button", name="Vào trang").click()
    await expect(page.get_by_role("button", name="Thoát")).to_be_visible()
    return page


async def test_from_the_link_through_the_tree_and_out(browser: Browser, office: Office, url: str) -> None:
    context = await browser.new_context(viewport=DESK)
    page = await signed_in(context, office, url)
    troubles = Troubles()
    troubles.watch(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tỉnh Nam Định, tháng 3/2024")
    await page.get_by_role("link", name="Địa bàn", exact=True).click()
    for name in ("Huyện Nam Trực", "Xã Nam Hoa"):
        await page.locator(".tile").filter(has_text=name).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    await page.get_by_role("table").get_by_role("link", name="Chi hội xóm 5", exact=True).click()
    await expect(page.get_by_text("trước là 40")).to_be_visible()
    await page.get_by_role("link", name="Xã Nam Hoa").click()
    await page.get_by_label("Ô màu theo").select_option("CT21a")
    await page.get_by_role("button", name="Xem").click()
    await expect(page.locator("#h-map")).to_contain_text("Fanpage")
    await page.get_by_role("button", name="Thoát").click()
    await expect(page.get_by_role("heading", name="Chị đã thoát")).to_be_visible()
    answer = await page.goto(f"{url}/staff/plan")
    assert answer is not None
    assert answer.status == 404
    assert [each for each in troubles if "404" not in each] == []


async def test_a_used_link_says_how_to_get_another(browser: Browser, office: Office, url: str) -> None:
    link = url + await office.link("mai")
    for button in (True, False):
        page = await (await browser.new_context(viewport=TELEPHONE)).new_page()
        await page.goto(link)
        if button:
            await page.get_by_role("button", name="Vào trang").click()
        else:
            await expect(page.get_by_role("alert")).to_contain_text("không dùng được nữa")
            await expect(page.get_by_text("nhắn TRANG")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
async def test_every_page_fits_and_axe_finds_nothing_grave(
    browser: Browser, office: Office, url: str, viewport: Any
) -> None:
    context = await browser.new_context(viewport=viewport)
    page = await signed_in(context, office, url)
    for path in PATHS:
        await page.goto(url + path)
        await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert await page.evaluate(TOO_WIDE) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth") == viewport["width"], path
        assert await page.evaluate(CONTRASTS) == [], path
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        assert await page.evaluate(FINDINGS) == [], path


async def test_the_sign_in_pages_too(browser: Browser, office: Office, url: str) -> None:
    page = await (await browser.new_context(viewport=TELEPHONE)).new_page()
    for path in ("/staff", await office.link("mai"), "/staff/enter?k=x"):
        await page.goto(url + path)
        assert await page.evaluate(TOO_WIDE) == [], path
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        assert await page.evaluate(FINDINGS) == [], path


async def test_names_do_not_run(browser: Browser, office: Office, url: str) -> None:
    office.figures.said = "<img src=x onerror=\"document.title='hacked'\">"
    page = await signed_in(await browser.new_context(viewport=DESK), office, url, "lan")
    troubles = Troubles()
    troubles.watch(page)
    for path in ("/staff/areas", "/staff/units/13999-07", "/staff/people", "/staff/indicators/CT21a"):
        await page.goto(url + path)
        assert "Chi Hội" in await page.title(), path
        assert await page.locator("main script, main img").count() == 0, path
    assert troubles == []


async def test_with_the_keyboard_alone(browser: Browser, office: Office, url: str) -> None:
    page = await signed_in(await browser.new_context(viewport=DESK), office, url)
    await page.goto(f"{url}/staff/areas?unit=361")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Đến nội dung")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Tỉnh Nam Định")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Kỳ", exact=True)).to_be_focused()
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


async def test_on_paper_only_the_figures_are_left(browser: Browser, office: Office, url: str) -> None:
    page = await signed_in(await browser.new_context(viewport=DESK), office, url)
    await page.goto(f"{url}/staff/areas?unit=13999")
    await page.emulate_media(media="print")
    for gone in (page.get_by_role("navigation", name="Các trang"), page.get_by_label("Kỳ", exact=True)):
        await expect(gone).to_be_hidden()
    await expect(page.get_by_role("table")).to_be_visible()
    assert (await page.pdf(prefer_css_page_size=True)).startswith(b"%PDF")
