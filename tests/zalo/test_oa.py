"""The Official Account: events, signatures, buttons and taps, windows, errors, pictures."""

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channel import (
    TIME_UNKNOWN,
    Identity,
    NotNow,
    Refused,
    SendError,
    Sign,
    Standing,
    Unauthorised,
    Uncertain,
    Unreachable,
    WindowClosed,
)
from bot.channels import zalo_oa_errors as errors
from bot.channels.zalo_oa import SIGNATURE_HEADER, TIME_HEADER, Rules, ZaloOa, tap
from storage.domain.messages import Address, Attachment, Choice, Inbound, Outbound
from tests.channels.cases import secret_free
from tests.channels.conftest import NOW
from tests.fakes.zalo_oa import APP_ID, OA_KEY, SECRETS, FakeZaloOa
from tests.pictures import jpeg
from tests.zalo.conftest import account, ago, closing

HOA = Address("zalo_oa", "hoa")
CHOICES = (Choice(1, "Rồi", "1|a.X:1"), Choice(2, "Chưa", "1|a.X:2"))
FIVE = tuple(Choice(number, f"Việc {number}", f"1|menu:{number}") for number in range(1, 6))
SIX = (*FIVE, Choice(6, "Việc 6", "1|menu:6"))
STAMP = "1677721200000"
AT = datetime(2023, 3, 2, 1, 40, tzinfo=UTC)


def event(
    name: str = "user_send_text", message: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """An event as guides show it."""
    return {
        "app_id": APP_ID,
        "sender": {"id": "hoa"},
        "user_id_by_app": "5",
        "recipient": {"id": "oa1"},
        "event_name": name,
        "message": {"msg_id": "m1", **(message or {})},
        "timestamp": STAMP,
        **more,
    }


def attached(kind: str, **payload: Any) -> dict[str, Any]:
    return {"attachments": [{"type": kind, "payload": payload}]}


def read(**changes: Any) -> Inbound:
    return Inbound(HOA, "m1", AT, **changes)


URL = "https://f1.photo.zdn.vn/1.jpg"
READ: tuple[tuple[str, Mapping[str, Any], list[Inbound]], ...] = (
    ("text", event(message={"text": "41"}), [read(text="41")]),
    ("a tap", event(message={"text": tap(CHOICES[0])}), [read(choice="1|a.X:1")]),
    ("a tap typed by hand", event(message={"text": "#chihoi:x"}), [read(choice="x")]),
    ("a number sign is no tap", event(message={"text": "Sinh hoạt #1"}), [read(text="Sinh hoạt #1")]),
    (
        "a photo with words",
        event("user_send_image", {"text": "Họp", **attached("image", url=URL, thumbnail=URL)}),
        [read(text="Họp", attachment=Attachment("photo", URL))],
    ),
    ("gif", event("user_send_gif", attached("gif", url=URL)), [read(attachment=Attachment("photo", URL))]),
    ("voice", event("user_send_audio", attached("audio", url=URL)), [read(attachment=Attachment("voice"))]),
    (
        "a picture as a file",
        event("user_send_file", attached("file", url=URL, name="a.JPG", type="JPG")),
        [read(attachment=Attachment("photo", URL))],
    ),
    ("file", event("user_send_file", attached("file", type="pdf")), [read(attachment=Attachment("file"))]),
    ("video", event("user_send_video", attached("video", url=URL)), [read(attachment=Attachment("video"))]),
    ("sticker", event("user_send_sticker", attached("sticker")), [read(attachment=Attachment("sticker"))]),
    ("place", event("user_send_location"), [read(attachment=Attachment("location"))]),
    ("card", event("user_send_business_card"), [read(attachment=Attachment("contact"))]),
    (
        "link",
        event("user_send_link", attached("link", url="https://facebook.com/hoi")),
        [read(text="https://facebook.com/hoi")],
    ),
    ("no time", event(message={"text": "a"}, timestamp="?"), [Inbound(HOA, "m1", TIME_UNKNOWN, "a")]),
    (
        "follow",
        {"event_name": "follow", "follower": {"id": "hoa"}, "oa_id": "oa1", "timestamp": STAMP},
        [Inbound(HOA, f"follow:hoa:{STAMP}", AT, "start")],
    ),
    ("receipt", event("user_received_message"), []),
    ("seen", event("user_seen_message"), []),
    ("our own echo", event("oa_send_text", {"text": "Dạ"}), []),
    ("a staff's picture", event("oa_send_image", attached("image", url=URL)), []),
    ("form", event("user_submit_info"), []),
    ("unfollow", {"event_name": "unfollow", "follower": {"id": "hoa"}}, []),
    ("a kind of the future", event("user_send_dance"), []),
)


@pytest.mark.parametrize(("label", "payload", "wanted"), READ, ids=[case[0] for case in READ])
def test_reading(oa: ZaloOa, label: str, payload: Mapping[str, Any], wanted: list[Inbound]) -> None:
    assert list(oa.read(payload)) == wanted


def test_who_left(oa: ZaloOa) -> None:
    assert oa.departures({"event_name": "unfollow", "follower": {"id": "hoa"}}) == [HOA]
    assert oa.departures(event()) == []


@pytest.mark.parametrize(
    ("given", "kept"), [("84912345678", "84912345678"), ("0912345678", "84912345678"), ("12", "")]
)
def test_a_form_opens_the_window_and_gives_a_number_only_where_it_is_used(given: str, kept: str) -> None:
    form = event("user_submit_info", info={"phone": given, "name": "Hoa"})
    assert account("http://x").signs(form) == (Sign(HOA, AT),)
    by_phone = account("http://x", rules=Rules(zns_by="phone"))
    assert by_phone.signs(form) == (Sign(HOA, AT, kept),)


# --- signatures


def signed(body: bytes, stamp: str, key: str = OA_KEY, prefix: str = "mac=") -> dict[str, str]:
    mac = hashlib.sha256(APP_ID.encode() + body + stamp.encode() + key.encode()).hexdigest()
    return {SIGNATURE_HEADER: f"{prefix}{mac}"}


BODY = json.dumps(event(timestamp=str(int(NOW.timestamp() * 1000)))).encode()
NOW_STAMP = str(int(NOW.timestamp() * 1000))


def test_either_timestamp_is_taken_and_said_once(oa: ZaloOa, log: io.StringIO) -> None:
    other = str(int(NOW.timestamp() * 1000) + 5)
    assert oa.verify(signed(BODY, NOW_STAMP), BODY, NOW)
    assert oa.verify(signed(BODY, NOW_STAMP, prefix=""), BODY, NOW)
    assert log.getvalue().count("signature_timestamp") == 1
    assert oa.verify({**signed(BODY, other), TIME_HEADER: other}, BODY, NOW)
    assert log.getvalue().count("signature_timestamp") == 2


def test_anything_else_is_a_stranger(oa: ZaloOa) -> None:
    good = signed(BODY, NOW_STAMP)
    assert not oa.verify({}, BODY, NOW)
    assert not oa.verify(good, BODY + b" ", NOW)  # the raw bytes are signed
    assert not oa.verify(signed(BODY, NOW_STAMP, "app-secret-of-the-test"), BODY, NOW)
    assert not oa.verify({SIGNATURE_HEADER: "mac="}, b"", NOW)
    assert not oa.verify({SIGNATURE_HEADER: "mac=đ"}, b"[]", NOW)
    assert not oa.verify(signed(b"{}", ""), b"{}", NOW)  # no timestamp at all


def test_an_old_event_is_not_taken_again(oa: ZaloOa) -> None:
    good = signed(BODY, NOW_STAMP)
    assert oa.verify(good, BODY, NOW + timedelta(hours=3))  # Zalo's last try comes after two hours
    assert not oa.verify(good, BODY, NOW + timedelta(hours=25))
    assert not oa.verify(good, BODY, NOW - timedelta(minutes=11))


# --- sending


async def test_five_choices_are_buttons(oa: ZaloOa, platform: FakeZaloOa) -> None:
    platform.user("hoa")
    sent = await oa.send(Outbound(HOA, "Chị muốn làm gì ạ?", FIVE))
    assert (sent.messages, sent.remaining) == (1, 7)
    [message] = platform.ledger()["sent"]
    assert message["buttons"][4] == {
        "title": "5 Việc 5", "type": "oa.query.show", "payload": "Việc 5 #chihoi:1|menu:5"
    }  # fmt: skip


async def test_six_are_numbers(oa: ZaloOa, platform: FakeZaloOa) -> None:
    platform.user("hoa")
    await oa.send(Outbound(HOA, "Chị muốn làm gì ạ?", SIX))
    [message] = platform.ledger()["sent"]
    assert "buttons" not in message
    assert message["text"].endswith("5 Việc 5 · 6 Việc 6")


async def test_what_is_open_is_a_setting(platform: FakeZaloOa) -> None:
    platform.user("hoa")
    own = account(platform.api, rules=Rules(button="oa.query.hide", template_type="button"))
    async with closing(own):
        await own.send(Outbound(HOA, "Họp chưa ạ?", CHOICES))
    [message] = platform.ledger()["sent"]
    assert {button["type"] for button in message["buttons"]} == {"oa.query.hide"}


async def test_a_long_text_goes_in_pieces_with_the_buttons_last(oa: ZaloOa, platform: FakeZaloOa) -> None:
    platform.user("hoa")
    text = "\n".join(f"Dòng {number} của danh sách chị cần xem lại." for number in range(100))
    sent = await oa.send(Outbound(HOA, text, CHOICES))
    first, *_, last = platform.ledger()["sent"]
    assert sent.messages == len(platform.ledger()["sent"]) == 3
    assert "\n".join(platform.texts("hoa")) == text
    assert ("buttons" in first, "buttons" in last) == (False, True)


async def test_her_number_is_asked_for_by_zalos_form(oa: ZaloOa, platform: FakeZaloOa) -> None:
    platform.user("hoa")
    await oa.send(Outbound(HOA, "Chị cho em xin số\nđể em báo khi chị lâu không nhắn", request="contact"))
    assert platform.ledger()["sent"][0]["form"] == "Chị cho em xin số"


async def test_a_picture_is_uploaded_again_if_zalo_forgot_it(oa: ZaloOa, platform: FakeZaloOa) -> None:
    platform.user("hoa")
    await oa.send_image(HOA, jpeg(), "Biểu đồ")
    platform.script("v3.0/oa/message/cs", answer={"error": -100, "message": "Attachment has expired"})
    await oa.send_image(HOA, jpeg())
    assert [sent["images"] for sent in platform.ledger()["sent"]] == [["attachment-2"], ["attachment-5"]]
    with pytest.raises(Refused, match="png and jpeg"):
        await oa.send_image(HOA, b"GIF89a")


async def test_a_template_by_account_or_by_number(platform: FakeZaloOa) -> None:
    url = f"{platform.api}/message/template"
    data = (("noi_dung", "Nhắc: {text}"),)
    rules = Rules(zns_url=url, zns_template="77", zns_data=data)
    async with closing(by_user := account(platform.api, rules=rules)):
        await by_user.send_template(Outbound(HOA, "Chị ơi\nđến hạn báo số"), "")
    by_phone = account(platform.api, rules=Rules(**{**vars_of(rules), "zns_by": "phone"}))
    platform.reset()
    async with closing(by_phone):
        await by_phone.send_template(Outbound(HOA, "Chị ơi"), "84912345678")
        with pytest.raises(Refused, match="-108"):
            await by_phone.send_template(Outbound(HOA, "Chị ơi"), "12")
    [sent] = platform.ledger()["templates"]
    assert (sent["phone"], sent["template_id"], sent["template_data"]) == (
        "84912345678", "77", {"noi_dung": "Nhắc: Chị ơi"}
    )  # fmt: skip


def vars_of(rules: Rules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in Rules.__dataclass_fields__}


async def test_who_the_account_is(oa: ZaloOa, platform: FakeZaloOa) -> None:
    assert await oa.identity() == Identity("Hội LHPN tỉnh", "Nâng cao, đã xác thực, 7 người")
    assert await oa.name_of("hoa") == "Chị hoa"
    assert (await oa.quota())[0]["remain"] == 1500


# --- windows

TEMPLATE = Rules(zns_template="77")
WAYS = (
    ("free", False, Standing(NOW, ago(hours=47), 7), Rules(), "message"),
    ("the ninth costs", False, Standing(NOW, ago(hours=1), 8), Rules(), "hold"),
    ("Zalo says none is left", False, Standing(NOW, ago(hours=1), 1, 0), Rules(), "hold"),
    ("an answer even then", True, Standing(NOW, ago(hours=1), 9, 0), Rules(), "message"),
    ("two days later it costs", False, Standing(NOW, ago(hours=49)), Rules(), "hold"),
    ("the province pays", False, Standing(NOW, ago(hours=49)), Rules(paid=True), "message"),
    ("after seven days nobody can", False, Standing(NOW, ago(days=8)), Rules(paid=True), "hold"),
    ("but as a template", False, Standing(NOW, ago(days=8)), TEMPLATE, "template"),
    ("also to who never wrote", False, Standing(NOW), TEMPLATE, "template"),
    ("by number", False, Standing(NOW), Rules(zns_template="7", zns_by="phone"), "hold"),
    (
        "that is known",
        False,
        Standing(NOW, phone="84912345678"),
        Rules(zns_template="7", zns_by="phone"),
        "template",
    ),
    ("an answer is no template", True, Standing(NOW, ago(days=8)), TEMPLATE, "hold"),
)


@pytest.mark.parametrize(
    ("label", "urgent", "standing", "rules", "wanted"), WAYS, ids=[way[0] for way in WAYS]
)
def test_the_way_out(label: str, urgent: bool, standing: Standing, rules: Rules, wanted: str) -> None:
    assert account("http://x", rules=rules).way(urgent, standing) == wanted


# --- errors

LISTED: Mapping[int, type[SendError]] = {
    **dict.fromkeys((-32, -200, -211, -234, -100, -999, 500), NotNow),
    **dict.fromkeys((-213, -217, -227, -244), Unreachable),
    **dict.fromkeys((-218, -230, -232, -305, -311), WindowClosed),
    **dict.fromkeys((-201, -210, -233, -237, -248, -403), Refused),
    **dict.fromkeys(
        (-202, -204, -205, -209, -212, -219, -221, -223, -224, -235, -240, -242, -320, -321), Unauthorised
    ),
}
ZNS: Mapping[int, type[SendError]] = {
    **dict.fromkeys((-108, -109, -131, -147), Refused),
    **dict.fromkeys((-114, -118, -119, -139, -141), WindowClosed),
    **dict.fromkeys((-115, -144, -133, -32), NotNow),
}


@pytest.mark.parametrize(("code", "wanted"), LISTED.items())
async def test_what_each_code_means(
    oa: ZaloOa, platform: FakeZaloOa, code: int, wanted: type[SendError]
) -> None:
    platform.user("hoa")
    platform.script("v3.0/oa/message/cs", answer={"error": code, "message": "chị Hoa không nhận"})
    with pytest.raises(wanted) as caught:
        await oa.send(Outbound(HOA, "Dạ"))
    assert isinstance(caught.value, wanted)
    secret_free(caught.value, [*SECRETS, "access-0"])


@pytest.mark.parametrize(("code", "wanted"), ZNS.items())
def test_what_a_template_code_means(code: int, wanted: type[SendError]) -> None:
    assert type(errors.error_of({"error": code, "message": "?"}, template=True)) is wanted


def test_waits_are_said() -> None:
    waits = {code: errors.error_of({"error": code}) for code in (-32, -211, -234)}
    assert [error.retry_after for error in waits.values() if isinstance(error, NotNow)] == [60, 3600, 1800]


async def test_the_platforms_own_refusals(oa: ZaloOa, platform: FakeZaloOa) -> None:
    with pytest.raises(Unreachable, match="-213"):
        await oa.send(Outbound(HOA, "Dạ"))
    platform.user("hoa", silent=8)
    with pytest.raises(WindowClosed, match="-230"):
        await oa.send(Outbound(HOA, "Dạ"))


@pytest.mark.parametrize("action", ["drop", "drop_after"])
async def test_a_cut_connection_is_uncertain(oa: ZaloOa, platform: FakeZaloOa, action: str) -> None:
    platform.user("hoa")
    await oa.identity()
    platform.script("v3.0/oa/message/cs", action=action)
    with pytest.raises(Uncertain) as caught:
        await oa.send(Outbound(HOA, "Dạ"))
    secret_free(caught.value, SECRETS)


async def test_an_answer_that_is_not_zalos(oa: ZaloOa, platform: FakeZaloOa) -> None:
    platform.user("hoa")
    platform.script("v3.0/oa/message/cs", answer={"error": 0, "data": {}})
    with pytest.raises(Uncertain):
        await oa.send(Outbound(HOA, "Dạ"))
