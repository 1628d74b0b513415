"""Orders of staff, as they are typed with and without diacritics."""

import pytest

from handlers.language.staff_orders import StaffOrder, read_staff_order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("HỎI XÓM 2", StaffOrder("return", "xom 2")),
        ("hoi lai xom 2", StaffOrder("return", "xom 2")),
        ("hội viên", None),  # an indicator's name, not an order
        ("Hội viên mới", None),
        ("TIẾN ĐỘ", StaffOrder("progress")),
        ("hủy duyệt quý 1", StaffOrder("unapprove", "quy 1")),
    ],
)
def test_an_order_is_read(text: str, order: StaffOrder | None) -> None:
    assert read_staff_order(text) == order
