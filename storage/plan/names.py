"""Which ``${...}`` names mean something where: fields, base figures, ``last. sum. count.`` and facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from storage.plan.model import Level, Pack, Plan, Question

#: Facts every report knows; ``item`` only inside a repeated question.
FACTS = frozenset({"unit", "period"})
#: The levels whose branches are summed for them.
ABOVE_BRANCHES: tuple[Level, ...] = ("XA", "HU", "TT", "TI", "BAN")


#: ``count.CH``: how many active units of a level there are.
COUNT = "count."


def is_count(name: str) -> bool:
    """Whether a name is the number of active units of a level."""
    return name.startswith(COUNT) and name.removeprefix(COUNT) in get_args(Level)


def pack_fields(pack: Pack) -> frozenset[str]:
    """Every field a pack fills or computes."""
    return frozenset(name for question in pack.questions for name in question.fields)


def given_fields(pack: Pack) -> frozenset[str]:
    """Every field a pack stores: computed ones and notes are not kept."""
    rows = (question for question in pack.questions if question.type not in ("calculate", "note"))
    return frozenset(name for question in rows for name in question.fields)


@dataclass(frozen=True)
class Names:
    """The names known in a plan. ``by_level``: stored fields of the packs of a level, whose latest
    figures a unit of that level knows."""

    base: frozenset[str]
    by_level: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, plan: Plan) -> "Names":
        """Collect them."""
        levels: dict[str, frozenset[str]] = {}
        for pack in plan.packs:
            levels[pack.level] = levels.get(pack.level, frozenset()) | given_fields(pack)
        return cls(frozenset(plan.baselines.values()), levels)

    def fault(self, name: str, pack: Pack, question: Question) -> str | None:
        """Why ``${name}`` says nothing in a question of a pack, or None if it does."""
        kind, _, rest = name.partition(".")
        if kind in ("last", "sum", "count"):
            return self._prefixed_fault(name, kind, rest, pack)
        if name == "item":
            return None if question.repeat else "${item} chỉ dùng trong câu hỏi có repeat"
        known = pack_fields(pack) | self.base | FACTS | self.by_level.get(pack.level, frozenset())
        if name in known:
            return None
        lower = name in self.by_level.get("CH", frozenset()) and pack.level != "CH"
        return f"không có ${{{name}}}" + (f"; có ${{sum.{name}}}" if lower else "")

    def _prefixed_fault(self, name: str, kind: str, rest: str, pack: Pack) -> str | None:
        if kind == "last":
            known = rest in given_fields(pack)
            return None if known else f"${{{name}}}: bộ {pack.id} không hỏi {rest} nên không có số kỳ trước"
        if pack.level not in ABOVE_BRANCHES:
            return f"${{{name}}}: cấp {pack.level} không cộng từ cấp dưới"
        if kind == "count":
            return None if rest == "CH" else f"không có ${{{name}}}; có ${{count.CH}}"
        known = rest in self.by_level.get("CH", frozenset())
        return None if known else f"${{{name}}}: các chi hội không báo {rest}"
