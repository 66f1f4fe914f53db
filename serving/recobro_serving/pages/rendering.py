"""From a view to a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recobro_data.vocabulary import LANGUAGES
from recobro_serving.pages import words

#: Pages hold debtors' data, in the reader's language.
_HEADERS: Final = {"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie"}


def build_page(name: str, language: str, view: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """The page of that template in that language, with all that the view tells it."""
    template = _environment(language).get_template(f"{name}.html.j2")
    html = template.render(**view, page_name=name, lang=language, languages=LANGUAGES)
    return HTMLResponse(html, status, headers=_HEADERS)


@cache
def _environment(language: str) -> Environment:
    pages = FileSystemLoader(words.TEMPLATES)
    environment = Environment(
        loader=pages, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.globals |= {"say": partial(words.say, language=language), "level": words.level_of}
    environment.filters |= {
        "number": words.number_words,
        "share": words.share_words,
        "money": words.money_words,
        "window": words.window_words,
        "day": partial(words.day_words, language=language),
        "weekday": partial(words.weekday_words, language=language),
    }
    return environment
