"""The table of channels. `bot.app` makes each from the settings; pages and tests walk the table."""

from bot.channel import Channel
from bot.channels.telegram import Telegram
from bot.channels.web_phone import WebPhone

CHANNELS: tuple[type[Channel], ...] = (Telegram, WebPhone)
