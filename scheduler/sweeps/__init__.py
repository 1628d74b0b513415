"""The table of sweeps, in the order in which they look: one line each."""

from scheduler.sweep import Sweep
from scheduler.sweeps.backups import NightlyBackups
from scheduler.sweeps.close_rounds import CloseRounds
from scheduler.sweeps.digests import Digests
from scheduler.sweeps.escalations import Escalations
from scheduler.sweeps.event_reminders import EventReminders
from scheduler.sweeps.feedback import Feedback
from scheduler.sweeps.nudges import Nudges
from scheduler.sweeps.open_rounds import OpenRounds
from scheduler.sweeps.requests import Requests
from scheduler.sweeps.retention import Retention
from scheduler.sweeps.stale_webhooks import StaleWebhooks
from scheduler.sweeps.wishes import Wishes

SWEEPS: tuple[Sweep, ...] = (
    CloseRounds(),
    OpenRounds(),
    Nudges(),
    Escalations(),
    EventReminders(),
    Digests(),
    Wishes(),
    Requests(),
    Feedback(),
    Retention(),
    NightlyBackups(),
    StaleWebhooks(),
)
