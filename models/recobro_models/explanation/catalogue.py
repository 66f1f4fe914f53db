"""The catalogue of reasons: one code, one sentence in each language, filled with the debtor's own numbers.

Light on purpose: the API renders reasons with it and must not load a model library to do so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import LANGUAGES
from recobro_models.explanation.change_words import CHANGES
from recobro_models.explanation.decision_words import DECISION
from recobro_models.explanation.risk_words import RISK

_CHANNELS: Final = {
    "call": ("la llamada", "a ligação", "calls"),
    "sms": ("el SMS", "o SMS", "SMS"),
    "whatsapp": ("WhatsApp", "WhatsApp", "WhatsApp"),
    "email": ("el correo", "o e-mail", "e-mail"),
    "visit": ("la visita", "a visita", "visits"),
}

#: Every code with its sentence by language.
CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        code: MappingProxyType(dict(zip(("es", "pt", "en"), texts, strict=True)))
        for code, texts in (RISK | DECISION | CHANGES).items()
    }
)
RISK_CODES: Final = tuple(RISK)


#: A lone 1 before a plural of the sentences above.
_ONE: Final = re.compile(r"(?<![\d.,])1 (\w+)")
_SINGULAR: Final = {"días": "día", "dias": "dia", "days": "day"}


def tell(reasons: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Stored reasons (`code`, `value`, `contribution`, `numbers`) as the contract's, with `text` in a language.

    An unknown language is told in Spanish.

    >>> tell([{"code": "past_due", "value": 40, "contribution": 0.8, "numbers": {"oldest_days_past_due": 40}}], "en")
    [{'code': 'past_due', 'text': 'The oldest charge is 40 days past due', 'value': 40, 'contribution': 0.8}]
    """
    language = language if language in LANGUAGES else "es"
    return [
        {
            "code": reason["code"],
            "text": _text(reason["code"], reason.get("numbers") or {}, language),
            "value": reason["value"],
            "contribution": reason["contribution"],
        }
        for reason in reasons
    ]


def _text(code: str, numbers: Mapping[str, Any], language: str) -> str:
    """The sentence with its numbers, one day or charge in the singular."""
    text = CATALOGUE[code][language].format_map(_Spoken(numbers, language))
    return _ONE.sub(lambda found: f"1 {_SINGULAR.get(found[1], found[1])}", text)


class _Spoken(dict[str, str]):
    """Numbers as a sentence says them; of all that are known only those are spelt that it names."""

    def __init__(self, numbers: Mapping[str, Any], language: str) -> None:
        super().__init__()
        self._numbers, self._language = numbers, language

    def __missing__(self, name: str) -> str:
        value = self._numbers[name]
        if name == "channel":
            return _CHANNELS[value][("es", "pt", "en").index(self._language)]
        return _number(value, self._language)


def _number(value: Any, language: str) -> str:
    """Whole numbers plain; decimal point in Spanish and English (Peru, Mexico), comma in Portuguese."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    whole = float(value).is_integer()
    text = f"{value:,.0f}" if whole or abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2g}"
    return text if language != "pt" else text.translate(str.maketrans(",.", ".,"))
