"""Nothing is half there: registries, texts and docs name the same things as the code."""

import re
from pathlib import Path
from typing import get_args

import pytest
from typer.main import get_command

from bot.cli import app
from bot.settings import PREFIX, Settings
from handlers.dialogue.commands import COMMANDS
from handlers.dialogue.engine import STAGES
from handlers.dialogue.questionnaire import SILENT
from handlers.dialogue.questions import QUESTION_TYPES
from handlers.dialogue.state import Stage
from handlers.language.reading import Kind
from handlers.texts import SELF, catalogue, render
from storage.domain.people import AddressForm
from storage.plan.model import Question, QuestionType
from tests.kh83 import ROOT


def _text(*paths: str) -> str:
    return "\n".join((ROOT / path).read_text(encoding="utf-8") for path in paths)


def _code(folder: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(ROOT / folder).rglob("*.py")))


def test_every_setting_is_in_the_docs() -> None:
    page = _text("docs/settings.md")
    assert [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in page] == []


def test_every_command_is_in_the_docs() -> None:
    pages = _text("README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert [name for name in commands if f"chihoi {name}" not in pages] == []


def test_every_question_type_is_known_and_in_the_docs() -> None:
    page = _text("docs/plan.md")
    named = set(get_args(QuestionType))
    assert named == {kind.name for kind in QUESTION_TYPES} | SILENT
    assert [kind for kind in sorted(named) if f"| `{kind}` |" not in page] == []


def test_every_own_question_field_is_in_the_docs() -> None:
    page = _text("docs/plan.md")
    assert [name for name in Question.model_fields if f"`{name}`" not in page and name not in page] == []


def test_every_kind_of_reading_has_an_answer() -> None:
    assert set(get_args(Kind)) == set(COMMANDS) | {"answer", "ask"}


def test_every_stage_has_its_step() -> None:
    assert set(get_args(Stage)) == set(STAGES)


def test_every_form_of_address_has_its_own_word_for_the_bot() -> None:
    assert set(SELF) == set(get_args(AddressForm))


KEYS = re.compile(r'"([a-z_]+(?:\.[a-z_]+)*)"')


def test_every_text_is_said_somewhere() -> None:
    named = set(KEYS.findall(_code("handlers")))
    built = {"refused.violence_case", "refused.personal_data", "refused.id_number", "refused.bank_account"}
    assert sorted(set(catalogue()) - named - built) == []


@pytest.mark.parametrize("form", get_args(AddressForm))
def test_no_text_is_too_long_or_speaks_as_it_must_not(form: AddressForm) -> None:
    for key, template in catalogue().items():
        params = dict.fromkeys(re.findall(r"\{([a-z_]+)\}", template), "x")
        said = render(key, form, **params)
        assert "{" not in said, key
        assert len(said) <= 400, key
        for word in ("bạn ", "quý khách", "bắt buộc phải", "sai cú pháp", "vi phạm"):
            assert word not in said.lower(), key
