"""Why a figure needs a look, in words."""

from collections.abc import Mapping

from handlers.reports.digest import number
from handlers.texts import render
from storage.domain.figures import Outlier, OutlierCode
from storage.domain.people import AddressForm

_KEYS: Mapping[OutlierCode, str] = {
    "part_over_whole": "outlier.part_over_whole",
    "stock_fell": "outlier.stock_fell",
    "flow_equals_stock": "outlier.flow_equals_stock",
    "far_from_own": "outlier.far_from_own",
    "far_from_siblings": "outlier.far_from_siblings",
}


def reason(odd: Outlier, form: AddressForm) -> str:
    """The reason of one odd value, without its unit and field: "98 nhiều hơn tổng số 60"."""
    return render(_KEYS[odd.code], form, **{name: number(value) for name, value in odd.params.items()})
