"""The page in headless Chromium: the sample conversation, keyboard, telephone width, no script, failures."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from scheduler.clock import ManualClock
from tests.web.conftest import SEAT, House

DESK: Any = {"width": 1280, "height": 800}
TELEPHONE: Any = {"width": 360, "height": 740}

#: What cô Hoa says in the domain guide's full check-in (8.3), and what she must hear.
BEFORE_PHOTO = (
    ("ok e", "Câu 1/7."),
    ("r, hôm mùng 8/3", "Câu 2/7. Hôm đó có bao nhiêu chị dự ạ? (Chi hội mình có 62 hội viên)"),
    ("bốn mươi mốt", "Em ghi 41/62 chị ạ."),
    ("2 chị, 1 chị chuyển đi", "thêm 2, chuyển đi 1"),
    ("ko", "Câu 5/7."),
    ("không có", "Câu 6/7."),
    ("đường xóm mưa là ngập", "Câu 7/7."),
)

CONTRASTS = """() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const over = (top, under) => {
    const a = top[3] ?? 1;
    return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a));
  };
  const ground = e => {
    const above = e.parentElement ? ground(e.parentElement) : [255, 255, 255];
    return over(rgb(getComputedStyle(e).backgroundColor), above);
  };
  const light = c => {
    const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!e.checkVisibility()) continue;
    const back = ground(e), [a, b] = [light(over(rgb(getComputedStyle(e).color), back)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${e.className || e.tagName}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""

TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(e => e.checkVisibility()
  && !e.closest(".hidden, .skip, .file, thead") && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.outerHTML.slice(0, 80))"""

SMALL = """() => [...document.querySelectorAll(".words, .choice, #text")]
  .filter(e => parseFloat(getComputedStyle(e).fontSize) < 18).length"""

MOTION = "() => getComputedStyle(document.querySelector('.line')).animationName"


class Troubles(list[str]):
    """What the browser complained of: errors of the script, breaches of the content policy."""

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda line: self.append(line.text) if line.type == "error" else None)


async def open_phone(context: BrowserContext, url: str, seat: str = SEAT) -> tuple[Page, Troubles]:
    """The phone of a seat in a new tab."""
    page = await context.new_page()
    troubles = Troubles()
    troubles.watch(page)
    await page.goto(f"{url}/?seat={seat}")
    return page, troubles


async def types(page: Page, text: str) -> None:
    """Type into whatever has the focus, then Enter."""
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def hears(page: Page, words: str) -> None:
    """The bot's last message holds these words."""
    await expect(page.locator("#log .theirs").last).to_contain_text(words)


async def go_through(page: Page, said: Sequence[tuple[str, str]], picture: bytes) -> None:
    """From the first word to the summary."""
    await page.get_by_role("button", name="Nhắn “Chào em” để bắt đầu").click()
    await hears(page, "Em chào chị Hoa ạ!")
    for words, answer in said:
        await expect(page.get_by_label("Tin nhắn", exact=True)).to_be_focused()
        await types(page, words)
        await hears(page, answer)
        await expect(page.locator("#log .theirs").last).to_be_in_viewport(ratio=1)
    photo = FilePayload(name="buoi-8-3.jpg", mimeType="image/jpeg", buffer=picture)
    await page.get_by_label("Gửi ảnh").set_input_files(photo)
    await hears(page, "7. Ảnh: 1")


async def test_the_sample_conversation(browser: Browser, url: str, house: House, picture: bytes) -> None:
    context = await browser.new_context(viewport=DESK)
    page, troubles = await open_phone(context, url)
    await go_through(page, BEFORE_PHOTO, picture)
    panel = page.get_by_role("table")
    for value in ("có (08/3)", "41/62", "thêm 2, chuyển đi 1", "đường xóm mưa là ngập", "1 ảnh"):
        await expect(panel).to_contain_text(value)
    await expect(page.locator("#count")).to_have_text("7/7 câu")
    await types(page, "1")
    await hears(page, "Em đã gửi số tháng 3 của Chi hội xóm 5 lúc 19:30 ngày 14/3.")
    await expect(page.locator(".badge.sent")).to_have_text("Đã gửi 19:30, 14/3")
    await expect(panel.get_by_role("row").filter(has_text="“bốn mươi mốt”")).to_contain_text("41/62")
    secret = panel.get_by_role("row").filter(has_text="không giữ lời")
    await expect(secret.locator(".value")).to_have_text("0")
    await expect(page.locator("#log .mine").nth(6)).to_contain_text("Lời nhắn này không được lưu lại")
    await expect(page.locator("#log img.photo")).to_have_js_property("naturalWidth", 640)
    assert house.said()[-1] == "1"
    before = await page.locator("#log .bubble").all_inner_texts()
    await page.reload()
    assert await page.locator("#log .bubble").all_inner_texts() == before
    assert troubles == []


async def test_with_the_keyboard_alone(browser: Browser, url: str) -> None:
    page = await browser.new_page(viewport=DESK)
    await page.goto(url)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # the seat offered first
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyễn Thị Hoa")
    field = page.get_by_label("Tin nhắn", exact=True)
    await expect(field).to_be_focused()
    await types(page, "chào em")
    await hears(page, "Em chào chị Hoa ạ!")
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_label("Gửi ảnh")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="1 Bắt đầu")).to_be_focused()
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Space")
    await hears(page, "Câu 1/7.")
    await expect(field).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Gửi", exact=True)).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # folds the panel
    await expect(page.get_by_role("table")).to_be_hidden()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # unfolds the clock
    await expect(page.get_by_role("button", name="Thêm 1 ngày")).to_be_visible()


async def test_buttons_and_old_buttons(browser: Browser, url: str, house: House) -> None:
    page, troubles = await open_phone(await browser.new_context(viewport=DESK), url)
    await types(page, "chào em")
    button = page.get_by_role("button", name="1 Bắt đầu")
    await button.evaluate("button => { button.click(); button.click(); }")  # a double click is one press
    await hears(page, "Câu 1/7.")
    await expect(page.locator("#log .mine").last).to_contain_text("1 Bắt đầu")
    old = page.get_by_role("group", name="Các nút cũ")
    await expect(old).to_have_count(1)
    count = len(house.lines())
    assert count == 4
    await old.get_by_role("button", name="2 Để sau").click()
    await expect(page.locator("#log .theirs")).to_have_count(3)
    await hears(page, "Câu 1/7.")
    assert troubles == []


async def test_what_comes_by_itself_is_shown(browser: Browser, url: str, house: House) -> None:
    page, _ = await open_phone(await browser.new_context(viewport=DESK), url)
    await page.get_by_label("Tin nhắn", exact=True).fill("đang viết dở")
    await house.push("Chị Hoa ơi, mai 18/3 là chốt số ạ.")
    await hears(page, "mai 18/3 là chốt số")
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(timedelta(minutes=5))
    await expect(page.locator("#clock .count")).to_have_text("19:35, 14/3")
    await expect(page.get_by_label("Tin nhắn", exact=True)).to_have_value("đang viết dở")
    assert await page.locator("#log").get_attribute("aria-live") == "polite"


async def test_a_failure_gives_the_words_back_and_a_resend_is_one_message(
    browser: Browser, url: str, house: House
) -> None:
    page, _ = await open_phone(await browser.new_context(viewport=DESK), url)
    house.fail = RuntimeError("down")
    await types(page, "chào em")
    await expect(page.get_by_role("alert")).to_contain_text("trục trặc")
    field = page.get_by_label("Tin nhắn", exact=True)
    await expect(field).to_have_value("chào em")
    await page.route("**/phone/messages", _commit_then_cut, times=1)
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Mạng đang chập chờn")
    assert house.said() == ["chào em"]
    await field.press("Enter")
    await hears(page, "Em chào chị Hoa ạ!")
    await expect(page.get_by_role("alert")).to_be_hidden()
    assert house.said() == ["chào em"]


async def _commit_then_cut(route: Route) -> None:
    """The message arrives; the answer is lost on the way back."""
    await route.fetch()
    await route.abort("connectionreset")


async def test_messages_typed_fast_stay_in_order(browser: Browser, url: str, house: House) -> None:
    page, _ = await open_phone(await browser.new_context(viewport=DESK), url)
    slow = asyncio.Event()

    async def hold(route: Route) -> None:
        await slow.wait()
        await route.continue_()

    await page.route("**/phone/messages", hold, times=1)
    for words in ("chào em", "ok e", "r", "41"):
        await types(page, words)
    await house.push("Một tin khác đến giữa chừng.")
    await expect(page.locator("#log .theirs")).to_have_count(1)
    await expect(page.locator("#log .sending")).to_have_count(4)
    slow.set()
    await hears(page, "Câu 3/7.")
    assert house.said() == ["chào em", "ok e", "r", "41"]
    await expect(page.locator("#log .mine")).to_have_count(4)
    await expect(page.locator("#log .sending")).to_have_count(0)


async def test_without_script(browser: Browser, url: str, picture: bytes, tmp_path: Path) -> None:
    context = await browser.new_context(viewport=TELEPHONE, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_label("Tên người, Chi hội hoặc xã, không cần gõ dấu").fill("xom 5")
    await page.get_by_role("button", name="Tìm").click()
    await page.get_by_role("button", name="Nguyễn Thị Hoa").click()
    await page.get_by_label("Tin nhắn", exact=True).fill("chào em")
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await hears(page, "Em chào chị Hoa ạ!")
    await page.get_by_role("button", name="1 Bắt đầu").click()
    await hears(page, "Câu 1/7.")
    file = tmp_path / "anh.jpg"
    file.write_bytes(picture)
    await page.get_by_label("Gửi ảnh").set_input_files(file)
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.locator("#log img.photo")).to_have_count(1)
    await page.locator("#clock > summary").click()
    await page.get_by_role("button", name="Thêm 1 ngày").click()
    await expect(page.locator("#clock .count")).to_have_text("19:30, 15/3")


async def test_the_clock_jumps(browser: Browser, url: str, house: House) -> None:
    page, troubles = await open_phone(await browser.new_context(viewport=DESK), url)
    await page.locator("#clock > summary").click()
    await page.get_by_role("button", name="Trước hạn 1 ngày").click()
    await expect(page.locator("#clock .count")).to_have_text("08:30, 17/3")
    await page.locator("#clock > summary").click()
    await page.get_by_label("Đến ngày giờ").fill("2024-03-18T20:00")
    await page.get_by_role("button", name="Chuyển").click()
    await expect(page.locator("#clock .count")).to_have_text("20:00, 18/3")
    assert len(house.ticks) == 2
    assert troubles == []


async def test_on_a_telephone_nothing_is_too_wide(
    browser: Browser, url: str, house: House, picture: bytes
) -> None:
    context = await browser.new_context(viewport=TELEPHONE, has_touch=True, is_mobile=True)
    page = await context.new_page()
    for path in ("/", "/?q=nam+hoa", "/khong-co"):
        await page.goto(url + path)
        assert await page.evaluate(TOO_WIDE) == []
    await page.goto(f"{url}/?seat={SEAT}")
    await expect(page.get_by_role("table")).to_be_hidden()
    await go_through(page, BEFORE_PHOTO, picture)
    await house.push("rấtdài" * 40)
    await hears(page, "rấtdài")
    field = await page.get_by_label("Tin nhắn", exact=True).bounding_box()
    assert field is not None
    assert field["y"] + field["height"] < TELEPHONE["height"]  # the field is on the first screen
    for panel in ("#panel", "#clock"):
        await page.locator(f"{panel} > summary").click()
    await expect(page.get_by_role("table")).to_be_visible()
    assert await page.evaluate(TOO_WIDE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]


async def test_large_letters_strong_contrast_no_motion_unasked(
    browser: Browser, url: str, picture: bytes
) -> None:
    context = await browser.new_context(viewport=DESK, reduced_motion="reduce")
    page, _ = await open_phone(context, url)
    await go_through(page, BEFORE_PHOTO, picture)
    await page.locator("#clock > summary").click()
    assert await page.evaluate(CONTRASTS) == []
    assert await page.evaluate(SMALL) == 0
    assert await page.evaluate(MOTION) == "none"
    await page.goto(url)
    assert await page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
async def test_the_conversation_ends_at_its_last_message(
    browser: Browser, url: str, house: House, viewport: Any
) -> None:
    for number in range(12):
        await house.push(f"Tin số {number}, dài vừa đủ để phải cuộn màn hình một chút ạ.")
    page, _ = await open_phone(await browser.new_context(viewport=viewport), url)
    await expect(page.locator("#log .line").last).to_be_in_viewport()
    await expect(page.locator("#log .line").first).not_to_be_in_viewport()


async def test_whoever_reads_further_up_is_left_in_peace(browser: Browser, url: str, house: House) -> None:
    for number in range(12):
        await house.push(f"Tin số {number}, dài vừa đủ để phải cuộn màn hình một chút ạ.")
    page, _ = await open_phone(await browser.new_context(viewport=DESK), url)
    scroll = page.locator("#scroll")
    await scroll.hover()
    await page.mouse.wheel(0, -5000)
    await expect(page.locator("#log .line").first).to_be_in_viewport()
    await house.push("Tin mới đến trong lúc đang đọc tin cũ.")
    await hears(page, "Tin mới đến")
    await expect(page.locator("#log .line").first).to_be_in_viewport()
    await page.get_by_label("Tin nhắn", exact=True).fill("chào em")
    await page.keyboard.press("Enter")
    await hears(page, "Em chào chị Hoa ạ!")
    await expect(page.locator("#log .line").last).to_be_in_viewport(ratio=1)
