"""What a pack must know of earlier reports before it can be spoken."""

from storage.plan.remembered import remembered_by
from tests.kh83 import kh83


def test_a_month_asks_for_the_members_as_they_were_told_or_moved_since() -> None:
    plan = kh83()
    pack = plan.pack("CH-T")
    assert pack is not None
    found = remembered_by(plan, pack)
    assert "NEN.1" in found.fields
    assert found.questions == ("NEN.1", "NEN.5")


def test_what_a_pack_asks_itself_is_not_looked_up() -> None:
    plan = kh83()
    for pack in plan.packs:
        own = {field for question in pack.questions for field in question.fields}
        assert remembered_by(plan, pack).fields.isdisjoint(own), pack.id
