# SPDX-License-Identifier: EUPL-1.2
"""What pages say: both languages say all of it, and nothing is said nowhere."""

import re
import string
import tomllib

import pytest

from api.languages import LANGUAGES
from api.pages.frame import TEMPLATES
from api.pages.texts import FOLDER, read_texts, texts_of
from tests.docs.paths import ROOT

PAGES = sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("page", PAGES)
def test_every_text_is_there_in_both_languages(page):
    texts = tomllib.loads((FOLDER / f"{page}.toml").read_text(encoding="utf-8"))

    assert [name for name, entry in texts.items() if set(entry) != set(LANGUAGES)] == []


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_of_a_text_take_the_same_values(page):
    german, english = (read_texts(page, language) for language in LANGUAGES)

    for name, text in german.items():
        assert _places(text) == _places(english[name]), name


@pytest.mark.parametrize("page", PAGES)
def test_every_text_is_used(page):
    """Names that are put together begin with what stands before the joint, such as `title_`."""
    words = "\n".join(path.read_text() for path in [*(ROOT / "api").rglob("*.py"), *(ROOT / "api").rglob("*.html")])
    quoted = set(re.findall(r"""[."'](\w+)["']?""", words))
    begun = tuple(re.findall(r"""["'](\w+_)["{]""", words))

    unused = [name for name in read_texts(page, "en") if name not in quoted and name.removesuffix("_one") not in quoted]

    assert [name for name in unused if not name.startswith(begun)] == []


def test_so_many_are_told_by_number():
    texts = texts_of("start", "de")

    assert texts.count("entities", 1) == "1 Eintrag"
    assert texts.count("entities", 12345) == "12.345 Einträge"


def test_a_text_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        texts_of("start", "de")["nothing"]


def test_every_template_can_be_read():
    for name in TEMPLATES.list_templates():
        TEMPLATES.get_template(name)


def _places(text):
    return [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
