"""People, seats and units as frozen values; answers belong to the seat, not to the person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from storage.domain.messages import Address

UnitKind = Literal["TI", "HU", "XA", "TT", "CH", "TO", "BAN"]
AddressForm = Literal["chị", "cô", "bác", "anh"]
Role = Literal[
    "branch_head",
    "commune_president",
    "commune_deputy",
    "district_officer",
    "province_staff",
    "administrator",
]

#: What a role may do beside answering for its own seat; which role may what is data (``roles`` of a plan).
Power = Literal["approve", "hand_over", "enter_for"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A place in the tree, valid from a day to a day (``valid_to`` None: still). ``kind`` is
    CH chi hội, XA cơ sở, HU huyện, TT trực thuộc, TI tỉnh, TO tổ, BAN ban."""

    id: int
    code: str
    name: str
    kind: UnitKind
    area_kind: str
    parent_id: int | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who holds a seat. ``address_form`` is how she is spoken to."""

    id: int
    name: str
    address_form: AddressForm

    @property
    def given_name(self) -> str:
        """The last word of the full name: Nguyễn Thị Hoa is called "chị Hoa"."""
        return self.name.split()[-1] if self.name else ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post in a unit with, perhaps, a person in it. ``code`` names it outside ("13999-05")."""

    id: int
    code: str
    role: Role
    unit: Unit
    parent_name: str
    person: Person | None
    superior: Person | None


@dataclass(frozen=True, slots=True)
class Matter:
    """What the bot last asked an account beside its report (who she is, whether she agrees, whom to
    approve): ``kind`` is the topic's, ``details`` its JSON. ``moved_at`` is aware, UTC."""

    kind: str
    details: Mapping[str, Any] = field(default_factory=dict)
    moved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeatRequest:
    """Somebody without a code agreed to the notice and asks for a seat; the unit above decides."""

    id: int
    seat: Seat
    address: Address
    name: str
    address_form: AddressForm
    asked_at: datetime
