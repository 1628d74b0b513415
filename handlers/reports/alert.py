"""What the administrator is told when something is wrong with the house itself."""

from typing import Literal

from handlers.texts import render

Trouble = Literal["deaf", "dead", "slow"]

_KEYS: dict[Trouble, str] = {"deaf": "alert.deaf", "dead": "alert.dead", "slow": "alert.slow"}


def alert(kind: Trouble, channel: str, seconds: float) -> str:
    """The sentence: the channel hears nothing, was refused, or has answers waiting, for so long."""
    return render(_KEYS[kind], "chị", channel=channel, minutes=round(seconds / 60))
