"""The table of sweeps: one line each."""

from scheduler.sweep import Sweep
from scheduler.sweeps.backups import NightlyBackups
from scheduler.sweeps.dead_letters import OldDeadLetters
from scheduler.sweeps.open_rounds import OpenRounds

SWEEPS: tuple[Sweep, ...] = (OpenRounds(), NightlyBackups(), OldDeadLetters())
