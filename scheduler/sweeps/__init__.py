"""The table of sweeps: one line each."""

from scheduler.sweep import Sweep
from scheduler.sweeps.open_rounds import OpenRounds
from scheduler.sweeps.retention import Retention

SWEEPS: tuple[Sweep, ...] = (OpenRounds(), Retention())
