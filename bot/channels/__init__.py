"""The table of channels: one line each. `bot.app` makes each from the settings, starts it by itself, and
serves its webhook; pages, ``chihoi doctor`` and tests walk the table. docs/channels.md tells how to add
one."""

from bot.channel import Registered
from bot.channels.telegram import Telegram
from bot.channels.web_phone import WebPhone
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import ZaloOa

CHANNELS: tuple[type[Registered], ...] = (ZaloOa, ZaloBot, Telegram, WebPhone)
