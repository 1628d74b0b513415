"""The workbook and the draft of the report, through the page: hers alone, of her area, under a plain name."""

import io
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from bot.web.staff.papers import Kind, Papers
from bot.web.staff.visit import csrf_of
from handlers.reports.gathered import Gathered
from tests.kh83 import kh83
from tests.staff_page.conftest import NASTY, Client, Office, cookie_of

MADE = "/staff/exports/papers/"


async def begin(client: Client, unit: str, kind: str, period: str = "2024-03") -> tuple[int, str]:
    """She presses the button; the status and where she is led."""
    data = {"csrf": csrf_of(cookie_of(client)), "unit": unit, "kind": kind, "period": period}
    answer = await client.post("/staff/exports", data=data, allow_redirects=False)
    return answer.status, answer.headers.get("Location", "")


async def made(client: Client, page: str) -> tuple[str, bytes]:
    """The finished file: its name and bytes; looks as often as her browser would."""
    for _ in range(20):
        answer = await client.get(page)
        found = re.search(r'href="([^"]+/file)">Tải ([^<]+)<', await answer.text())
        if found:
            break
        assert answer.headers["Refresh"] == "1"
    assert found
    file = await client.get(found[1])
    assert file.headers["Content-Disposition"] == f'attachment; filename="{found[2]}"'
    return found[2], await file.read()


def test_there_are_two_kinds(office: Office) -> None:
    assert list(office.backend.papers.kinds) == ["xlsx", "docx"]


async def test_a_commune_takes_its_workbook(office: Office, client: Client) -> None:
    await office.enter(client, "lan")
    assert "Tạo Phụ lục Excel (.xlsx)" in await (await client.get("/staff/exports")).text()
    status, page = await begin(client, "13999", "xlsx")
    assert status == 303
    name, data = await made(client, page)
    assert name == "BC_T03_2024_XaNamHoa.xlsx"
    book = load_workbook(io.BytesIO(data), data_only=True)
    said = [str(row[1]) for row in book["PL11 Nộp báo cáo"].iter_rows(values_only=True)]
    assert "Chi hội xóm 5" in said
    assert NASTY in said
    noted = office.house.rows("SELECT details FROM audit WHERE what='figures_exported'")
    assert len(noted) == 1
    assert name in str(noted[0])


async def test_the_province_takes_its_draft(office: Office, client: Client) -> None:
    await office.enter(client, "mai")
    _, page = await begin(client, "36", "docx")
    name, data = await made(client, page)
    assert name == "BC_T03_2024_TinhNamDinh.docx"
    words = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)
    assert "tháng 3" in words


async def test_only_of_her_own_area_and_of_what_has_a_report(office: Office, client: Client) -> None:
    await office.enter(client, "lan")
    for unit, kind, period in (
        ("14000", "xlsx", "2024-03"), ("36", "docx", "2024-03"), ("khong-co", "xlsx", "2024-03"),
        ("13999-05", "xlsx", "2024-03"), ("13999", "pdf", "2024-03"), ("13999", "xlsx", "2024-13"),
        ("13999", "xlsx", "2024-03-08"), ("13999", "xlsx", ""),
    ):  # fmt: skip
        assert await begin(client, unit, kind, period) == (404, ""), (unit, kind, period)
    await office.enter(client, "xuan")
    assert (await begin(client, "14000", "xlsx"))[0] == 303


async def test_nobody_else_is_given_it(office: Office, client: Client) -> None:
    await office.enter(client, "lan")
    _, page = await begin(client, "13999", "docx")
    await made(client, page)
    await office.enter(client, "mai")
    assert (await client.get(page)).status == 404
    assert (await client.get(f"{page}/file")).status == 404


async def test_a_form_of_another_site_begins_nothing(office: Office, client: Client) -> None:
    await office.enter(client, "lan")
    data = {"csrf": "0" * 64, "unit": "13999", "kind": "xlsx", "period": "2024-03"}
    assert (await client.post("/staff/exports", data=data)).status == 403


@pytest.fixture
def gate(office: Office) -> threading.Event:
    """A kind of paper that is made only once this opens; another that cannot be made."""
    gate = threading.Event()

    def slow(path: Path, found: Gathered) -> None:
        gate.wait(30)
        path.write_bytes(b"made")

    def broken(path: Path, found: Gathered) -> None:
        raise OSError("disk full")

    kinds = {"xlsx": Kind("application/x", slow, False), "docx": Kind("application/y", broken, False)}
    object.__setattr__(office.backend, "papers", Papers(office.backend.database, kh83(), kinds, patience=0))
    return gate


async def test_while_it_is_made_she_is_told(office: Office, client: Client, gate: threading.Event) -> None:
    await office.enter(client, "lan")
    _, page = await begin(client, "13999", "xlsx")
    answer = await client.get(page)
    assert answer.headers["Refresh"] == "1"
    assert "Em đang làm tệp" in await answer.text()
    assert (await client.get(f"{page}/file")).status == 404
    assert (await begin(client, "13999", "xlsx"))[1] == page
    gate.set()
    paper = office.backend.papers.find(page.removeprefix(MADE), _session(office), office.backend.now())
    assert paper is not None
    await paper.task
    assert (await made(client, page))[1] == b"made"
    office.house.clock.advance(timedelta(hours=1, minutes=1))
    assert (await client.get(page)).status == 404


async def test_what_fails_is_said(office: Office, client: Client, gate: threading.Event) -> None:
    await office.enter(client, "lan")
    _, page = await begin(client, "13999", "docx")
    object.__setattr__(office.backend.papers, "_patience", 30)
    answer = await client.get(page)
    assert "Em chưa làm được tệp này" in await answer.text()
    assert "Refresh" not in answer.headers
    assert (await client.get(f"{page}/file")).status == 404


def _session(office: Office) -> str:
    return str(office.house.rows("SELECT sha256 FROM staff_sessions")[0][0])
