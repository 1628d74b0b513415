"""MENU of staff: what she may do, with numbers; a number does it as if she had typed its words
(`handlers.turn` puts them in the place of the number).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.staffing import StaffTalk
from handlers.texts import render
from handlers.topic import Facts
from storage.domain.effects import Effect
from storage.domain.messages import Inbound
from storage.domain.people import Power

#: What stands in the menu, and the rights one of which it takes (none: everybody's). The words before the
#: colon are what is typed.
ENTRIES: tuple[tuple[str, frozenset[Power]], ...] = (
    ("staff.menu.progress", frozenset({"see"})),
    ("staff.menu.missing", frozenset({"see"})),
    ("staff.menu.odd", frozenset({"see"})),
    ("staff.menu.return", frozenset({"return"})),
    ("staff.menu.approve_reports", frozenset({"approve_report"})),
    ("staff.menu.requests", frozenset({"grant", "approve_report"})),
    ("staff.menu.broadcast", frozenset({"broadcast"})),
    ("staff.menu.broadcasts", frozenset({"broadcast"})),
    ("staff.menu.sheet", frozenset({"ask"})),
    ("staff.menu.results", frozenset({"ask"})),
    ("staff.menu.approve", frozenset({"approve"})),
    ("staff.menu.calendar", frozenset()),
    ("staff.menu.rights", frozenset()),
)


class StaffMenu:
    """Takes MENU from staff, where no question of a report of her own is open."""

    name: ClassVar[str] = "staff_menu"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order; `handlers.desk` gives none while a question of hers is open."""
        return facts.staff is not None and _Menu(inbound, facts).ordered == "menu"

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Show it."""
        return tuple(_Menu(inbound, facts).show())


@dataclass(frozen=True)
class _Menu(StaffTalk):
    kind: ClassVar[str] = "staff_menu"

    def show(self) -> Iterator[Effect]:
        powers = self.facts.who.powers
        rows = [render(key, self.facts.form) for key, rights in ENTRIES if not rights or rights & powers]
        report = self.facts.report
        if report is not None and not report.state.submitted:
            rows.append(render("staff.menu.own", self.facts.form, subject=report.questionnaire.subject))
        form = self.facts.form
        foot = [render("staff.menu.unit", form)]
        foot += [render("staff.menu.pause", form)] if "pause" in powers else []
        foot += [render("staff.menu.enter_for", form)] if "enter_for" in powers else []
        foot += [render("staff.menu.hand_over", form)] if "hand_over" in powers else []
        text = self.listing(render("menu", form), rows, "\n".join(foot))
        return self.say(text, self.opened("menu", orders=[row.partition(":")[0] for row in rows]))


def chosen(inbound: Inbound, facts: Facts) -> str:
    """The words of the entry whose number she typed; "" for anything else."""
    if facts.matter is None:
        return ""
    menu = _Menu(inbound, facts)
    orders = menu.details.get("orders", ()) if menu.stage == "menu" else ()
    number = menu.number(len(orders))
    return str(orders[number - 1]) if number else ""
