"""The interface is as its OpenAPI document says, whatever it is asked: no answer that the document does not
know, and every body of its shape. Hypothesis makes the questions, the same ones each time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.limits import Limit
from bot.web.api.document import document
from bot.web.api.table import ENDPOINTS, Endpoint
from storage.database import Database
from tests.api.test_api import WORDS, Asking, opened
from tests.rollups.conftest import province

__all__ = ["province"]

CODES = ("36", "1003", "1003-01", "1005", "x")


def values(parameter: dict[str, Any]) -> st.SearchStrategy[str]:
    """What a parameter may be, by its schema; now and then anything at all."""
    schema = parameter["schema"].get("items", parameter["schema"])
    if parameter["name"] == "orgUnit":
        fitting: st.SearchStrategy[str] = st.sampled_from(CODES)
    elif "pattern" in schema:
        fitting = st.sampled_from(("2024", "2024-02", "2024-Q2", "2024-H1")) | st.from_regex(
            schema["pattern"], fullmatch=True
        )
    elif "enum" in schema:
        fitting = st.sampled_from(schema["enum"])
    elif schema["type"] == "integer":
        fitting = st.integers(schema["minimum"], schema["maximum"]).map(str)
    else:
        fitting = st.sampled_from(("CT21a", "NEN.1")) | st.text(max_size=5)
    return st.one_of(*[fitting] * 7, st.text(max_size=schema.get("maxLength", 80) + 1))


def questions(endpoint: Endpoint) -> st.SearchStrategy[dict[str, str]]:
    """Some of the parameters."""
    described = document()["paths"][endpoint.path]["get"]["parameters"]
    return st.fixed_dictionaries({}, optional={each["name"]: values(each) for each in described})


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.name)
def test_every_answer_is_in_the_document(endpoint: Endpoint, province: Database, tmp_path: Path) -> None:
    known = document()["paths"][endpoint.path]["get"]["responses"]
    seen: set[int] = set()

    async def ask(asking: Asking, given: dict[str, str], of: str) -> None:
        # A server anew each time: whoever was refused often is refused everything.
        app = asking.app()
        async with TestClient(TestServer(app)) as client:
            headers = {"Authorization": f"Bearer {WORDS[of]}"}
            answer = await client.get(endpoint.path, params=given, headers=headers)
            seen.add(answer.status)
            assert str(answer.status) in known, (given, await answer.text())
            if answer.status == 200:
                for row in (await answer.json())[endpoint.name]:
                    endpoint.shape.model_validate(row, by_alias=True)

    with asyncio.Runner() as runner:
        stack = opened(province, tmp_path, Limit(1e9, 1e9))
        asking = runner.run(stack.__aenter__())

        @settings(
            max_examples=40, derandomize=True, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(questions(endpoint), st.sampled_from(sorted(WORDS)))
        def each(given: dict[str, str], of: str) -> None:
            runner.run(ask(asking, given, of))

        try:
            each()
        finally:
            runner.run(stack.__aexit__(None, None, None))
    assert seen >= {200, 400}
