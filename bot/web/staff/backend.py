"""What the staff page needs of the house."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.letters import Doors
from bot.web.staff.exporting import BUILT_IN, Export
from bot.web.staff.figures import Figures
from bot.web.staff.limit import Limit
from bot.web.staff.papers import Papers
from scheduler.clock import Clock
from storage.database import Database
from storage.plan.model import Plan
from storage.writer import Writer


@dataclass(frozen=True)
class StaffBackend:
    """- ``figures``: the numbers (`bot.web.staff.figures`).
    - ``public_url``: where the page is reached; over https the cookie is sent over https only.
    - ``doors``: where the bot is found, for letters.
    - ``exports``: what can be taken out; a further kind is one more entry.
    - ``limit``: how often somebody may come with a wrong link or token.
    """

    database: Database
    writer: Writer
    clock: Clock
    plan: Plan
    figures: Figures
    public_url: str = ""
    doors: Doors = field(default_factory=Doors)
    exports: Sequence[Export] = BUILT_IN
    limit: Limit = field(default_factory=Limit)

    def now(self) -> datetime:
        """The present, aware, in Asia/Ho_Chi_Minh."""
        return self.clock.now()

    @cached_property
    def papers(self) -> Papers:
        """The workbook and the draft of the report, made while somebody waits."""
        return Papers(self.database, self.plan)

    @property
    def secure(self) -> bool:
        """Whether the cookie may only go over https."""
        return self.public_url.startswith("https://")
