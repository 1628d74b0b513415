"""The whole house in a process of its own, to be killed: ``python -m tests.zalo.storm_house``."""

import argparse
import asyncio
from pathlib import Path

from bot.app import build, running
from bot.sender import Pace
from bot.settings import Settings
from scheduler.clock import ManualClock
from tests.fakes.zalo_bot import TOKEN
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FIRST_REFRESH, OA_KEY
from tests.kh83 import PLAN_FOLDER
from tests.zalo.packs import EVENING


def settings_of(folder: Path, port: int, channel: str, api: str) -> Settings:
    """A house with one Zalo channel: ``polling``, ``webhook`` (Zalo Bot) or ``oa``."""
    oa = {
        "zalo_oa_app_id": APP_ID,
        "zalo_oa_app_secret": APP_SECRET,
        "zalo_oa_secret_key": OA_KEY,
        "zalo_oa_refresh_token": FIRST_REFRESH,
        "zalo_oa_api": api,
        "zalo_oauth": api,
    }
    bot = {
        "zalo_bot_token": TOKEN,
        "zalo_bot_api": api,
        "zalo_bot_mode": channel,
        "zalo_bot_secret": "s3cret-of-8",
        "zalo_bot_poll_seconds": 5,
        "zalo_bot_poll_pause": 0.01,
    }
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=f"sqlite:///{folder / 'chihoi.db'}",
        photos=folder / "photos",
        plan=PLAN_FOLDER,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        **(oa if channel == "oa" else bot),
    )


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("channel")
    parser.add_argument("api")
    given = parser.parse_args()
    Pace.wait = lambda self, chat, now: 0.0  # type: ignore[method-assign]
    settings = settings_of(given.folder, given.port, given.channel, given.api)
    async with running(build(settings, ManualClock(EVENING, running=True)), phone_page=False):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
