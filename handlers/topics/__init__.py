"""The table of topics, in the order they are asked; the last takes everything."""

from handlers.topic import Topic
from handlers.topics.check_in import CheckIn
from handlers.topics.enrol import Enrol
from handlers.topics.events import Events
from handlers.topics.group import Group
from handlers.topics.idle import Idle
from handlers.topics.lookups import Lookups

TOPICS: tuple[Topic, ...] = (Group(), Enrol(), Events(), Lookups(), CheckIn(), Idle())
