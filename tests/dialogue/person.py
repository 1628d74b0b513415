"""A person at the engine: says, taps, sends; the state goes through JSON between every two messages."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.dialogue.engine import opening, prompt, step
from handlers.dialogue.questionnaire import Questionnaire, speak_pack
from handlers.dialogue.state import Event, State, Step
from handlers.topic import compose
from scheduler.clock import VIETNAM
from storage.domain.messages import Address, Attachment, Inbound
from storage.plan.model import Choice, Pack
from tests.kh83 import kh83

NOW = datetime(2024, 3, 14, 19, 42, tzinfo=VIETNAM)
ADDRESS = Address("test", "1")
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}
BRANCHES = (Choice(name="1-01", label="Chi hội xóm 1"), Choice(name="1-02", label="Chi hội xóm 2"))


def questionnaire(pack: Pack, **facts: Any) -> Questionnaire:
    """A pack as chị Hoa of Chi hội xóm 5 is asked it."""
    return Questionnaire(
        speak_pack(pack, "chị"),
        "chị",
        {"NEN.1": 62, "NEN.3": 96, "count.CH": 2, "period": "tháng 3", "unit": "Chi hội xóm 5", **facts},
        name="Hoa",
        unit="Chi hội xóm 5",
        subject="số tháng 3",
        superior="Lan",
        title="Chủ tịch Hội xã",
        due="18",
        hotlines=HOTLINES,
        lists={**kh83().lists, "branches": BRANCHES},
    )


@dataclass
class Person:
    """Talks to the engine about one report."""

    asked: Questionnaire
    now: datetime = NOW
    state: State = field(default_factory=State)
    last: Step = field(default_factory=lambda: Step(State()))
    events: list[Event] = field(default_factory=list)

    def greeted(self) -> str:
        """The round opens."""
        return self._took(opening(self.asked, self.now))

    def says(self, text: str) -> str:
        """Types a message."""
        return self._send(Inbound(ADDRESS, "m", self.now, text))

    def taps(self, number: int) -> str:
        """Presses a button of the last message."""
        return self.taps_token(f"{prompt(self.state)}:{number}")

    def taps_token(self, token: str) -> str:
        """Presses some button, old or new."""
        return self._send(Inbound(ADDRESS, "m", self.now, choice=token))

    def sends(self, kind: Any, path: str = "") -> str:
        """Sends a photo, a voice message, a sticker."""
        return self._send(Inbound(ADDRESS, "m", self.now, attachment=Attachment(kind, "ref", path)))

    def _send(self, inbound: Inbound) -> str:
        stored = json.loads(json.dumps(self.state.to_json()))
        return self._took(step(self.asked, State.from_json(stored, self.state.answers), inbound, self.now))

    def _took(self, taken: Step) -> str:
        self.state, self.last = taken.state, taken
        self.events += taken.events
        return compose(taken.lines, taken.options, "chị")

    def values(self) -> dict[str, Any]:
        """What the report holds."""
        given = [answer for answer in self.state.answers.values() if answer.state == "given"]
        return {name: value for answer in given for name, value in answer.values.items()}


def head(pack: str = "CH-T", **facts: Any) -> Person:
    """A person asked a pack of KH 83."""
    found = kh83().pack(pack)
    assert found is not None
    return Person(questionnaire(found, **facts))
