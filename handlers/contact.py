"""Asking a person for her telephone number by the platform's own form: only where reminders may go to it."""

from datetime import datetime

from handlers.texts import render
from handlers.topic import utc
from storage.domain.effects import MessageQueued
from storage.domain.messages import Address, Outbound
from storage.domain.people import AddressForm


def ask_contact(address: Address, form: AddressForm, now: datetime) -> MessageQueued:
    """The form, once for each account; ``now`` is aware. She may leave it unanswered."""
    title, why = render("contact.title", form), render("contact.why", form)
    asked = Outbound(address, f"{title}\n{why}", request="contact")
    return MessageQueued(asked, utc(now), "push", key=f"contact:{address}")
