"""How far a metered channel is from its plan's limits, in words: for staff's digest and for
``chihoi doctor``, before a limit bites."""

from collections.abc import Iterable

from handlers.texts import render
from storage.domain.people import AddressForm
from storage.queries.channels import Usage

#: A limit is told from so much of it on.
NEAR = 0.8

TITLES = {"zalo_bot": "channel.zalo_bot", "zalo_oa": "channel.zalo_oa"}


def title(channel: str) -> str:
    """A channel's name for people."""
    return render(TITLES[channel], "chị") if channel in TITLES else channel


def used(usage: Usage) -> str:
    """The month's messages and the people so far, beside what the plan allows."""
    messages = _of(usage.messages, usage.monthly)
    return render("usage.all", "chị", messages=messages, users=_of(usage.users, usage.most_users))


def near(usage: Usage) -> bool:
    """Whether a limit is near, or reached."""
    pairs = ((usage.messages, usage.monthly), (usage.users, usage.most_users))
    return any(limit and count >= limit * NEAR for count, limit in pairs)


def warnings(usages: Iterable[Usage], form: AddressForm) -> list[str]:
    """A sentence for each limit that is near; none where all is well."""
    lines = []
    for usage in usages:
        if usage.monthly and usage.messages >= usage.monthly * NEAR:
            said = _of(usage.messages, usage.monthly)
            lines.append(render("usage.messages", form, channel=title(usage.channel), count=said))
        if usage.most_users and usage.users >= usage.most_users * NEAR:
            said = _of(usage.users, usage.most_users)
            lines.append(render("usage.users", form, channel=title(usage.channel), count=said))
    return lines


def _of(count: int, limit: int | None) -> str:
    """``2.450/3.000``, as numbers are written in Vietnam; without a limit the count alone."""
    shown = f"{count:,}" if limit is None else f"{count:,}/{limit:,}"
    return shown.replace(",", ".")
