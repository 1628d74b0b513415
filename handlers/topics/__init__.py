"""The table of topics, in the order they are asked; the last takes everything."""

from handlers.topic import Topic
from handlers.topics.check_in import CheckIn
from handlers.topics.enrol import Enrol
from handlers.topics.group import Group
from handlers.topics.idle import Idle
from handlers.topics.unreadable import Unreadable

TOPICS: tuple[Topic, ...] = (Group(), Unreadable(), Enrol(), CheckIn(), Idle())
