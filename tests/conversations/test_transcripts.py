"""Whole conversations, read aloud: a script, and beside it the transcript it must give.

``CHIHOI_UPDATE=1 python -m pytest tests/conversations`` writes the transcripts anew; read them in the
diff.
"""

import asyncio
import os
import re
from pathlib import Path

import pytest

from bot.cli.replay import Said, Stage, read_script
from tests.kh83 import kh83

HERE = Path(__file__).parent
SCRIPTS = sorted(path.stem for path in HERE.glob("*.jsonl"))
PACK = re.compile(r"[a-z]+-[0-9a-z]+")


def _typed(said: Said) -> str:
    if said.choice is not None:
        return f"[nút {said.choice}]"
    return said.text or f"[ảnh {said.photo}]"


async def _transcript(script: list[Said], pack_id: str, folder: Path) -> str:
    pack = kh83().pack(pack_id)
    assert pack is not None
    stage = Stage(kh83(), pack, script, folder)
    await stage.set_up()
    lines: list[str] = []
    for said in script:
        lines += [f"B: {heard.text}" for heard in await stage.greet(said)]
        lines.append(f"U: {_typed(said)}")
        lines += [f"B: {heard.text}" for heard in await stage.say(said)]
    (result,) = await stage.results()
    await stage.close()
    values = [f"{name}: {value}" for name, value in result["answers"].items()]
    return "\n".join([*lines, "", result["state"], *values, ""])


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_conversation_goes_as_written(name: str, tmp_path: Path) -> None:
    found = PACK.match(name)
    assert found is not None
    said = asyncio.run(_transcript(read_script(HERE / f"{name}.jsonl"), found[0].upper(), tmp_path))
    golden = HERE / f"{name}.txt"
    if os.environ.get("CHIHOI_UPDATE"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")
