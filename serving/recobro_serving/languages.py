"""Which language the caller asked for."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

from recobro_data.vocabulary import LANGUAGES

_MAX_LENGTH: Final = 1000


def preferred_language(accept_language: str) -> str | None:
    """The language of an `Accept-Language` header that recobro speaks; None: it names none of them.

    >>> preferred_language("fr, pt-BR;q=0.8, en;q=0.9"), preferred_language("fr, *")
    ('en', None)
    """
    found: dict[str, float] = {}
    for part in accept_language[:_MAX_LENGTH].split(","):
        name, _, weight = part.partition(";")
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            found[language] = max(_quality(weight), found.get(language, 0.0))
    best = max(found, key=found.__getitem__, default=None)
    return best if best is not None and found[best] > 0 else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


async def _language_of_call(request: Request) -> str | None:
    return preferred_language(request.headers.get("accept-language", ""))


#: None: nobody asked, so the debtor's own language holds.
Language = Annotated[str | None, Depends(_language_of_call)]
