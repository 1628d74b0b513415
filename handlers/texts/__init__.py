"""The catalogue of Vietnamese texts: a key and parameters in, a sentence out.

No sentence stands in code. ``{chị} {Chị} {em} {Em}`` become the person's forms of address before the
parameters go in, so nothing she typed can be taken for a placeholder.
"""

from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from storage.domain.people import AddressForm

#: How the bot calls itself beside each form of address (domain guide 3.4).
SELF: dict[AddressForm, str] = {"chị": "em", "cô": "em", "bác": "cháu", "anh": "em"}


@cache
def catalogue() -> dict[str, str]:
    """Every text by key, as written in vi.yaml."""
    text = files(__package__).joinpath("vi.yaml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in YAML(typ="safe").load(text).items()}


@cache
def speak(template: str, form: AddressForm) -> str:
    """Put the forms of address into a template, leaving its other placeholders."""
    own = SELF[form]
    for placeholder, word in (
        ("{chị}", form),
        ("{Chị}", form.capitalize()),
        ("{em}", own),
        ("{Em}", own.capitalize()),
    ):
        template = template.replace(placeholder, word)
    return template


def render(key: str, form: AddressForm, **params: object) -> str:
    """The sentence of ``key`` for somebody called ``form``.

    Raises KeyError for an unknown key or a missing parameter: both are our own mistakes.
    """
    return speak(catalogue()[key], form).format(**params)
