"""The real plan, loaded once for all tests."""

from functools import cache
from pathlib import Path

from storage.plan.model import Plan
from storage.plan_files import load_plan

ROOT = Path(__file__).parent.parent
PLAN_FOLDER = ROOT / "plans" / "kh83-2024"


@cache
def kh83() -> Plan:
    """KH 83 of Nam Định for 2024."""
    return load_plan(PLAN_FOLDER)
