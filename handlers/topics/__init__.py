"""The table of topics, in the order they are asked; the last takes everything."""

from handlers.topic import Topic
from handlers.topics.approve import Approve
from handlers.topics.check_in import CheckIn
from handlers.topics.enrol import Enrol
from handlers.topics.events import Events
from handlers.topics.group import Group
from handlers.topics.hand_over import HandOver
from handlers.topics.idle import Idle
from handlers.topics.lookups import Lookups
from handlers.topics.rights import Rights
from handlers.topics.seats import Seats
from handlers.topics.unreadable import Unreadable

TOPICS: tuple[Topic, ...] = (
    Group(), Unreadable(), Rights(), Enrol(), Approve(), HandOver(), Events(), Lookups(), Seats(),
    CheckIn(), Idle(),
)  # fmt: skip
