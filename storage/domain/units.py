"""Rows of a units file, as they go into the tree: one unit, its head's seat and her one-time code."""

from dataclasses import dataclass
from datetime import date

from storage.domain.people import AddressForm, UnitKind


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One row. ``parent`` is a code of the same file or of the database; ``figures`` are base figures
    by column ("members", "households"), which the plan maps to its fields; ``head`` may be empty
    (an empty seat). ``merged_into`` is the unit this one became a part of after ``valid_to``;
    ``deputy`` a commune's deputy president, who may do what the president may."""

    code: str
    name: str
    kind: UnitKind
    area_kind: str
    parent: str | None
    valid_from: date
    valid_to: date | None
    figures: dict[str, int]
    head: str
    address_form: AddressForm
    merged_into: str | None = None
    deputy: str = ""
