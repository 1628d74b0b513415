"""The sample check-in (domain guide 8.3), the program killed between any two messages: it ends
submitted with exactly the sample's values, each answer once, each reply seen."""

import asyncio
import http.client
import json
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.domain.effects import SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.migrations import open_database
from storage.queries import answers, people, rounds
from storage.writer.sqlite import SqliteWriter
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.program import Program, until
from tests.pictures import jpeg
from tests.web.conftest import SEAT, TREE

HOA = 42
SAMPLE = (
    "ok e", "r, hôm mùng 8/3", "bốn mươi mốt", "2 chị, 1 chị chuyển đi", "ko", "không có",
    "đường xóm mưa là ngập", None, "1",
)  # fmt: skip
#: A piece of the reply to "bắt đầu" and to each of these.
REPLIES = (
    "Em chào chị Hoa", "Câu 1/7", "Câu 2/7", "Câu 3/7", "Câu 4/7", "Câu 5/7", "Câu 6/7", "Câu 7/7",
    "Đúng thì nhắn 1 để gửi", "Xong rồi ạ!",
)  # fmt: skip
VALUES = {
    "MH33.2": True,
    "MH33.2.ngay": "2024-03-08",
    "MH33.2.du": [41, 62],
    "NEN.5.ket_nap": 2,
    "NEN.5.ra": 1,
    "MH11.6": 0,
    "NV26f": 0,
    "NV26e": "đường xóm mưa là ngập",
}
AT = datetime(2024, 3, 12, tzinfo=UTC)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A platform of its own: its process outlives the program's."""
    with FakeTelegram() as fake:
        yield fake
        assert fake.faults() == []


async def _people(url: str, address: Address) -> None:
    with closing(open_database(url)) as database:
        writer = SqliteWriter(database)
        await writer.run("test", lambda _: (UnitsImported(TREE, AT),))
        seat = await database.read(lambda reader: people.seat_by_code(reader, SEAT))
        assert seat is not None
        await writer.run("test", lambda _: (SeatLinked(address, seat.id, AT, ""),))
        await writer.close()


def _report(folder: Path) -> tuple[dict[str, Any], str, int]:
    """The report's values, its state, and how many answers were ever replaced."""
    with (
        closing(open_database(f"sqlite:///{folder / 'chihoi.db'}")) as database,
        database.reading() as reader,
    ):
        seat = people.seat_by_code(reader, SEAT)
        march = rounds.round_of(reader, "CH-T", "2024-03")
        assert seat is not None
        assert march is not None
        given = answers.answers(reader, seat.id, march.id)
        report = answers.submission(reader, seat.id, march.id)
        assert report is not None
        values = {name: value for answer in given.values() for name, value in answer.values.items()}
        assert reader.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        return values, report.status, len(answers.history(reader, seat.id, march.id))


def _is_the_sample(folder: Path) -> None:
    values, state, replaced = _report(folder)
    photos = values.pop("MH33.2.anh")
    assert values == VALUES
    assert state == "submitted"
    assert replaced == 0
    assert [(folder / "photos" / path).exists() for path in photos] == [True]


def test_over_telegram(tmp_path: Path, telegram: FakeTelegram) -> None:
    asyncio.run(_people(f"sqlite:///{tmp_path / 'chihoi.db'}", Address("telegram", str(HOA))))
    settings = {
        "telegram_token": TOKEN,
        "telegram_api": telegram.api,
        "telegram_poll_seconds": "1",
    }
    for text, reply in zip(("bắt đầu", *SAMPLE), REPLIES, strict=True):
        program = Program(tmp_path, **settings)
        if text is None:
            telegram.sends_photo(HOA, jpeg())
        else:
            telegram.says(HOA, text)
        # A reply may come twice: killed after it was sent and before that was written down.
        until(lambda reply=reply: any(reply in heard for heard in telegram.texts(HOA)[-2:]))  # type: ignore[misc]
        program.kill()
    _is_the_sample(tmp_path)
    heard = telegram.texts(HOA)
    assert heard[0].startswith("Em chào chị Hoa ạ! Em xin chị 3 phút để chốt số tháng 3 của Chi hội xóm 5.")
    assert heard[-1].startswith("Xong rồi ạ! Em đã gửi số tháng 3 của Chi hội xóm 5 lúc 19:42 ngày 14/3.")


def _post(port: int, fields: dict[str, str], photo: bytes = b"") -> int:
    """One form of the page, as a browser without script sends it."""
    boundary = "chihoi-test"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if photo:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        parts.append(head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + photo + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request(
            "POST",
            "/phone/messages",
            body,
            {"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": "application/json"},
        )
        return connection.getresponse().status


def _get(port: int, path: str, **query: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request("GET", f"{path}?{urllib.parse.urlencode(query)}")
        return connection.getresponse().read().decode()


def test_on_the_page(tmp_path: Path) -> None:
    asyncio.run(_people(f"sqlite:///{tmp_path / 'chihoi.db'}", Address("web", SEAT)))
    for number, text in enumerate(("bắt đầu", *SAMPLE)):
        program = Program(tmp_path, phone_page="true")
        until(program.ready)
        fields = {"seat": SEAT, "id": f"message-{number:04}"}
        assert _post(program.port, {**fields, "text": text or ""}, b"" if text else jpeg()) == 204
        program.kill()  # acknowledged: nothing of it may be missing
    program = Program(tmp_path, phone_page="true")
    until(program.ready)
    seen = _get(program.port, "/phone/transcript", seat=SEAT)
    program.kill()
    _is_the_sample(tmp_path)
    assert "Xong rồi ạ! Em đã gửi số tháng 3 của Chi hội xóm 5 lúc 19:42 ngày 14/3." in seen


def test_the_script_gives_the_sample_too(tmp_path: Path) -> None:
    """``chihoi replay`` is the same turn: the same values."""
    from bot.cli.replay import Said, play
    from tests.kh83 import kh83

    plan = kh83()
    pack = plan.pack("CH-T")
    assert pack is not None
    at = datetime.fromisoformat("2024-03-14T19:42:00+07:00")
    script = [
        Said(at, "hoa", f"m{n}", text or "", photo=None if text else "anh.jpg")
        for n, text in enumerate(SAMPLE)
    ]
    last = asyncio.run(play(plan, pack, script, tmp_path))[-1]
    assert last["state"] == "submitted"
    assert json.dumps(last["answers"], ensure_ascii=False) == json.dumps(
        {**VALUES, "MH33.2.anh": ["anh.jpg"]}, ensure_ascii=False
    )
