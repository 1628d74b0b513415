"""Reports and their answers: kept, corrected, remembered, summed and exported."""

from datetime import timedelta

from storage.domain.answers import Answer
from storage.domain.effects import DraftMoved, ReportSubmitted, SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.domain.rounds import Submission
from storage.plan.remembered import Remembered
from storage.queries import answers
from tests.storage.conftest import HANH, NOW, House, count, rows, unit

LATER = NOW + timedelta(hours=2)


def given(question: str, *, raw: str = "", approximate: bool = False, **values: object) -> Answer:
    """An answer; ``__`` stands for the dot of a field name."""
    fields = {name.replace("__", "."): value for name, value in values.items()}
    return Answer(question, "given", fields or {question: raw}, raw, approximate)


BASELINES = {"members": "NEN.1", "households": "NEN.3"}
EVERYTHING = Remembered(frozenset({"NEN.1", "NEN.3", "CT25"}), ("CT25", "NEN.1", "NEN.5"))


async def test_an_answer_begins_a_draft_and_is_kept_as_given(house: House) -> None:
    seat, asked = house.seat("13999-01"), await house.round()
    assert house.ask(answers.submission, seat.id, asked.id) is None
    about = given("MH33.2", raw="chừng bốn mươi", approximate=True, MH33__2=40)
    zero, unknown = given("NV26f", NV26f=0), Answer("CT25", "unknown", raw="chưa rõ")
    await house.answer(seat, asked, about, zero, unknown)
    assert house.ask(answers.submission, seat.id, asked.id) == Submission(seat.id, asked.id, "draft")
    kept = house.ask(answers.answers, seat.id, asked.id)
    assert list(kept.values()) == [about, zero, unknown]


async def test_a_correction_moves_the_earlier_answer_to_the_history_whole(house: House) -> None:
    seat, asked = house.seat("13999-01"), await house.round()
    await house.write(SeatLinked(HANH, seat.id, NOW, ""))
    first, second = given("CT25", raw="ba", CT25=3), given("CT25", raw="à, bốn", CT25=4)
    await house.answer(seat, asked, first, by=HANH)
    await house.answer(seat, asked, second, by=Address("telegram", "9"), at=LATER)
    assert house.ask(answers.answers, seat.id, asked.id) == {"CT25": second}
    assert seat.person is not None
    expected = answers.Earlier(first, NOW, "web", "m1", seat.person.id, LATER)
    assert house.ask(answers.history, seat.id, asked.id) == [expected]
    noted = house.ask(rows, "SELECT details FROM audit WHERE what = 'answer_recorded' ORDER BY id")
    assert '"corrected":true' in str(noted[1][0])
    assert "bốn" not in str(noted)


async def test_the_first_submission_time_stays(house: House) -> None:
    seat, asked = house.seat("13999-01"), await house.round()
    state = {"version": 1, "stage": "summary"}
    await house.write(DraftMoved(seat.id, asked.id, NOW, state), ReportSubmitted(seat.id, asked.id, NOW))
    await house.write(DraftMoved(seat.id, asked.id, LATER, {"version": 1, "stage": "done"}))
    await house.write(ReportSubmitted(seat.id, asked.id, LATER))
    report = house.ask(answers.submission, seat.id, asked.id)
    expected = Submission(seat.id, asked.id, "submitted", {"version": 1, "stage": "done"}, NOW)
    assert report == expected
    assert house.ask(count, "submissions") == 1


async def test_known_values_are_the_latest_given_before_with_the_base_figures(house: House) -> None:
    seat = house.seat("13999-01")
    january = await house.round(period="2024-01", opens=NOW - timedelta(days=60))
    february = await house.round(period="2024-02", opens=NOW - timedelta(days=30))
    march = await house.round()
    await house.answer(seat, january, given("NEN.1", NEN__1=170), given("CT25", CT25=1))
    await house.answer(seat, february, given("NEN.1", NEN__1=172), Answer("CT25", "unknown"))
    await house.answer(seat, march, given("CT25", CT25=9))
    known = house.ask(answers.known_values, seat.id, march.opens_at, BASELINES, {}, EVERYTHING)
    assert known == {"NEN.1": 172, "NEN.3": 177, "CT25": 1}
    members = Remembered(frozenset({"NEN.1"}), ("NEN.1",))
    assert house.ask(answers.known_values, seat.id, march.opens_at, BASELINES, {}, members) == {"NEN.1": 172}
    assert (
        house.ask(answers.known_values, house.seat("13999-02").id, march.opens_at, BASELINES, {}, EVERYTHING)
        == {}
    )


async def test_a_stock_moves_with_its_flows_until_it_is_asked_again(house: House) -> None:
    seat = house.seat("13999-01")
    moves = {"NEN.1": ("in", "out")}
    rounds_ = [
        await house.round(period=f"2024-0{month}", opens=NOW - timedelta(days=120 - 30 * month))
        for month in (1, 2, 3)
    ]
    await house.answer(seat, rounds_[0], Answer("NEN.5", "given", {"in": 2, "out": 1}))
    known = house.ask(answers.known_values, seat.id, rounds_[1].opens_at, BASELINES, moves, EVERYTHING)
    assert known["NEN.1"] == 166 + 2 - 1
    await house.answer(seat, rounds_[1], Answer("NEN.1", "given", {"NEN.1": 150}))
    known = house.ask(answers.known_values, seat.id, rounds_[2].opens_at, BASELINES, moves, EVERYTHING)
    assert known["NEN.1"] == 150


async def test_previous_values_are_those_of_the_round_just_before(house: House) -> None:
    seat = house.seat("13999-01")
    january = await house.round(period="2024-01", opens=NOW - timedelta(days=60))
    await house.answer(seat, january, given("CT25", CT25=1))
    await house.round("CH-Q", "2024-Q1", NOW - timedelta(days=1))
    february = await house.round(period="2024-02", opens=NOW - timedelta(days=30))
    await house.round()

    assert house.ask(answers.previous_values, seat.id, "CH-T", "2024-02") == {"CT25": 1}
    assert house.ask(answers.previous_values, seat.id, "CH-T", "2024-03") == {}
    await house.answer(seat, february, given("CT25", CT25=2))
    assert house.ask(answers.previous_values, seat.id, "CH-T", "2024-03") == {"CT25": 2}
    assert house.ask(answers.previous_values, seat.id, "CH-T", "2024-01") == {}
    assert house.ask(answers.previous_values, seat.id, "CH-T", "2030-01") == {}


async def test_sums_take_submitted_reports_of_branches_directly_below(house: House) -> None:
    first, second, commune = (house.seat(code) for code in ("13999-01", "13999-02", "13999"))
    monthly, quarterly = await house.round(), await house.round("CH-6T", "2024-03x")
    await house.answer(
        first, monthly, given("CT25", CT25=3), given("a", a=True), given("b", b=False), given("d", d=1.5),
        given("r", r=[3, 4]), given("t", t="12"), Answer("u", "unknown", {"u": 7}),
    )  # fmt: skip
    await house.answer(second, monthly, given("CT25", CT25=0), given("a", a=True))
    await house.answer(commune, monthly, given("CT25", CT25=100))
    await house.answer(first, quarterly, given("CT25", CT25=1000))
    for seat, asked in ((first, monthly), (commune, monthly), (first, quarterly)):
        await house.write(ReportSubmitted(seat.id, asked.id, NOW))

    sums = house.ask(answers.sums_below, commune.unit.id, "2024-03")
    assert sums == {"CT25": 3, "a": 1, "b": 0, "d": 1.5}
    await house.write(ReportSubmitted(second.id, monthly.id, NOW))
    assert house.ask(answers.sums_below, commune.unit.id, "2024-03") == {"CT25": 3, "a": 2, "b": 0, "d": 1.5}
    assert house.ask(answers.sums_below, house.seat("36").unit.id, "2024-03") == {}


async def test_the_export_has_a_row_for_every_field(house: House) -> None:
    seat, asked = house.seat("13999-01"), await house.round()
    await house.write(SeatLinked(HANH, seat.id, NOW, ""))
    await house.answer(
        seat, asked, given("MH33.2", raw="41, đúng", so=41, duoc=True), Answer("NV26f", "unknown"),
        given("anh", anh=["a.jpg"]),
    )  # fmt: skip
    await house.write(ReportSubmitted(seat.id, asked.id, LATER))
    exported = list(house.ask(lambda reader: list(answers.export_rows(reader, asked.id))))
    assert [(row["question"], row["field"], row["value"], row["state"]) for row in exported] == [
        ("MH33.2", "so", 41, "given"),
        ("MH33.2", "duoc", True, "given"),
        ("NV26f", "NV26f", None, "unknown"),
        ("anh", "anh", ["a.jpg"], "given"),
    ]
    assert exported[0] == {
        "unit_code": "13999-01", "unit_name": "Chi hội xóm 1", "unit_kind": "CH", "parent_code": "13999",
        "parent_name": "Xã Hải Đông", "path": "36/13999/13999-01", "seat": "13999-01",
        "person": "Vũ Thị Hạnh", "question": "MH33.2", "field": "so", "value": 41, "state": "given",
        "approximate": False, "raw": "41, đúng", "at": NOW, "submitted_at": LATER, "channel": "web",
        "proxy": False,
    }  # fmt: skip
    assert tuple(exported[0]) == answers.EXPORT_COLUMNS


async def test_an_export_survives_a_circle_and_units_without_parent(house: House) -> None:
    await house.write(UnitsImported((unit("36", "TI", "13999", head="Trần Thị Mai"),), NOW))
    seat, asked = house.seat("13999-01"), await house.round()
    await house.answer(seat, asked, given("CT25", CT25=1))
    (row,) = house.ask(lambda reader: list(answers.export_rows(reader, asked.id)))
    assert row["path"] == "36/13999/13999-01"
