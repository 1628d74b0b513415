"""The table of topics, in the order they are asked; the last takes everything."""

from handlers.topic import Topic
from handlers.topics.approvals import Approvals
from handlers.topics.approve import Approve
from handlers.topics.broadcast import Broadcasts
from handlers.topics.check_in import CheckIn
from handlers.topics.enrol import Enrol
from handlers.topics.events import Events
from handlers.topics.group import Group
from handlers.topics.hand_over import HandOver
from handlers.topics.idle import Idle
from handlers.topics.indicators import Indicators
from handlers.topics.lookups import Lookups
from handlers.topics.pauses import Pauses
from handlers.topics.progress import Progress
from handlers.topics.report_file import ReportFile
from handlers.topics.requests import Requests
from handlers.topics.returned import Returned
from handlers.topics.returns import Returns
from handlers.topics.rights import Rights
from handlers.topics.seats import Seats
from handlers.topics.sheets import Sheets
from handlers.topics.staff_menu import StaffMenu
from handlers.topics.staff_page import StaffPage
from handlers.topics.unreadable import Unreadable

TOPICS: tuple[Topic, ...] = (
    Group(), Unreadable(), StaffPage(),
    Returns(), Broadcasts(), Requests(), Approvals(), Sheets(), Pauses(), StaffMenu(), Progress(),
    Indicators(), Rights(), Enrol(), Approve(), HandOver(), Events(), Lookups(), ReportFile(), Seats(),
    Returned(), CheckIn(), Idle(),
)  # fmt: skip
