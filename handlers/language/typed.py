"""One value of the types that need no clock: which reader is asked for which type."""

from handlers.language import links, times
from handlers.language.choices import read_choice, read_multi_choice
from handlers.language.money import read_money
from handlers.language.normalise import Said
from handlers.language.quantities import read_integer
from handlers.language.ratio import read_percent, read_ratio
from handlers.language.reading import Expectation, Reading
from handlers.language.yes_no import read_confirm, read_consent, read_yes_no


def read_as(words: Said, expectation: Expectation) -> Reading:
    """One value of the types that need no clock."""
    expects = expectation.expects
    if expects == "yes_no":
        return read_yes_no(words, expectation)
    if expects == "integer":
        return read_integer(words, expectation)
    if expects == "money":
        return read_money(words, expectation)
    if expects == "ratio":
        return read_ratio(words, expectation)
    if expects == "percent":
        return read_percent(words, expectation)
    return _read_word_types(words, expectation)


def _read_word_types(words: Said, expectation: Expectation) -> Reading:
    expects = expectation.expects
    if expects == "confirm":
        return read_confirm(words)
    if expects == "consent":
        return read_consent(words)
    if expects == "choice":
        return read_choice(words, expectation.choices)
    if expects == "multi_choice":
        return read_multi_choice(words, expectation.choices)
    if expects == "time":
        return times.read_time(words)
    if expects == "link":
        return links.read_link(words)
    return Reading("ask", reason="nothing_asked")
