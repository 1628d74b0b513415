"""The table of question types: one line each."""

from handlers.dialogue.question_type import QuestionType
from handlers.dialogue.questions.date import Date
from handlers.dialogue.questions.image import Image
from handlers.dialogue.questions.integer import Integer
from handlers.dialogue.questions.money import Money
from handlers.dialogue.questions.percent import Percent
from handlers.dialogue.questions.ratio import Ratio
from handlers.dialogue.questions.select_multiple import SelectMultiple
from handlers.dialogue.questions.select_one import SelectOne
from handlers.dialogue.questions.text import Text
from handlers.dialogue.questions.url import Url
from handlers.dialogue.questions.yes_no import YesNo

QUESTION_TYPES: tuple[QuestionType, ...] = (
    YesNo(),
    Integer(),
    Money(),
    Ratio(),
    Percent(),
    SelectOne(),
    SelectMultiple(),
    Date(),
    Text(),
    Url(),
    Image(),
)

BY_NAME = {kind.name: kind for kind in QUESTION_TYPES}
