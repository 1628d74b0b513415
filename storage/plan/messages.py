"""How a question reads to the plan's sample person: for the length limits and ``chihoi plan show``."""

from collections.abc import Callable
from datetime import date

from storage.domain.answers import Value
from storage.plan.expressions import render
from storage.plan.model import Pack, Plan, Question
from storage.plan.periods import period_label, period_of

#: Characters of a message (domain guide 8.1): usual and hard limit.
USUAL_LIMIT, HARD_LIMIT = 300, 500

#: What stands for a figure nobody has given yet.
UNKNOWN_FIGURE = 10

#: How the bot calls itself beside each form of address; "em" beside all others (domain guide 3.4).
_SELF = {"bác": "cháu"}


def speak(text: str, plan: Plan) -> str:
    """Put the sample person's forms of address into a text."""
    form = str(plan.sample.get("address_form", "chị"))
    own = _SELF.get(form, "em")
    forms = {"{chị}": form, "{Chị}": form.capitalize(), "{em}": own, "{Em}": own.capitalize()}
    for placeholder, word in forms.items():
        text = text.replace(placeholder, word)
    return text


def sample_lookup(pack: Pack, plan: Plan) -> Callable[[str], Value]:
    """Values of the plan's sample seat; a figure it does not have is 10, and every day the 8th of March."""
    day, unit = date(plan.year, 3, 8), plan.sample.get("unit", "")
    facts: dict[str, Value] = {"unit": unit, "item": unit}
    facts["period"] = period_label(period_of(pack.frequency, day))
    facts |= {field: plan.sample[name] for name, field in plan.baselines.items() if name in plan.sample}
    days = {question.date_field for question in pack.questions if question.date_field}
    days |= {question.name for question in pack.questions if question.type == "date"}
    facts |= dict.fromkeys(days, day.isoformat())
    return lambda name: facts.get(name, facts.get(name.partition(".")[2], UNKNOWN_FIGURE))


def choices_line(question: Question) -> str:
    """ "1 Rồi · 2 Chưa", empty where there is nothing to choose."""
    labels = [choice.label for choice in question.choices]
    if question.type == "yes_no" and not labels:
        labels = ["Rồi", "Chưa"]
    return " · ".join(f"{number} {label}" for number, label in enumerate(labels, start=1))


def message(question: Question, pack: Pack, plan: Plan, head: str = "Câu 10/10. ") -> str:
    """The question as one message to the sample person, its choices on a line of their own."""
    text = head + render(speak(question.label, plan), sample_lookup(pack, plan))
    choices = speak(choices_line(question), plan)
    return f"{text}\n{choices}" if choices else text


def message_length(question: Question, pack: Pack, plan: Plan) -> int:
    """Its characters."""
    return len(message(question, pack, plan))
