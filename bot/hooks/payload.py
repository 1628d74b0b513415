"""What a receiver is told: DHIS2's terms, counts only, nothing of any person.

Figures are read when an event is sent, and are those that the interface answers to a token of the same unit
(`bot.web.api`). Those of sensitive indicators are told within their commune only: one report after the other
is more than the interface tells.
"""

from collections.abc import Sequence

from bot.web.api.shapes import DataValue, ReportEvent, ReportEventData, ReportsEvent, ReportsEventData, Shape
from bot.web.api.table import value_of
from bot.web.staff.exporting import rows_of
from bot.web.staff.figures import Figures
from storage.domain.webhooks import Event, Webhook
from storage.plan.model import Plan
from storage.writer import Reader


def body_of(reader: Reader, plan: Plan, figures: Figures, hook: Webhook, event: Event) -> bytes:
    """The JSON of an event as the webhook's unit may see it."""
    return told(reader, plan, figures, hook, event).model_dump_json(by_alias=True).encode()


def told(reader: Reader, plan: Plan, figures: Figures, hook: Webhook, event: Event) -> Shape:
    """The same before it is written."""
    if event.kind == "reports.approved" or event.kind == "reports.unapproved":
        data = ReportsEventData(
            org_unit=event.unit_code, data_set=event.pack, period=event.period,
            actual_reports=event.sent, expected_reports=event.expected,
        )  # fmt: skip
        return ReportsEvent(type=event.kind, timestamp=event.at, data=data)
    one = ReportEventData(
        org_unit=event.unit_code, data_set=event.pack, period=event.period, question=event.question or None,
        data_values=list(_values(reader, plan, figures, hook, event)),
    )  # fmt: skip
    return ReportEvent(type=event.kind, timestamp=event.at, data=one)


def _values(reader: Reader, plan: Plan, figures: Figures, hook: Webhook, event: Event) -> Sequence[DataValue]:
    """The figures that the report feeds and the webhook may be told; none of a sheet made in chat, which
    feeds no indicator, or where the unit was gone by the period's last day."""
    pack = plan.pack(event.pack)
    fields = {field for question in pack.questions for field in question.fields} if pack else set()
    told = [each for each in plan.indicators if hook.owns or not each.sensitive]
    fed = [each.id for each in told if fields.intersection(each.fields)]
    if not fed:
        return ()
    try:
        table = figures.table(
            reader, event.period, event.unit_id, indicators=fed, compare=False, viewer=hook.unit_id
        )
    except KeyError:
        return ()
    return [value_of(row) for row in rows_of(table.total, table.indicators)]
