"""Provinces on a PostgreSQL server of ours (`tests.conftest.server`)."""

from itertools import count
from pathlib import Path

import pytest

_numbers = count(1)


@pytest.fixture
def url(server: Path) -> str:
    """An empty province."""
    return f"postgresql://chihoi@/postgres?host={server}&schema=province_{next(_numbers)}"
