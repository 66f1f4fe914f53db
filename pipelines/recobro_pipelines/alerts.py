"""What the monitor warns of, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from recobro_pipelines.debtor_words import code_word

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "books_silent": {
            "es": "Los libros no registran pagos en los últimos {days} días. Revise que la carga de datos esté al día.",
            "pt": "Os livros não registram pagamentos nos últimos {days} dias. Verifique se a carga de dados "
            "está em dia.",
            "en": "The books hold no payment of the last {days} days. Check that the data are loaded up to date.",
        },
        "no_payments": {
            "es": "Los libros no tienen ningún pago. Revise que la tabla de pagos se haya cargado.",
            "pt": "Os livros não têm nenhum pagamento. Verifique se a tabela de pagamentos foi carregada.",
            "en": "The books hold no payment at all. Check that the table of payments was loaded.",
        },
        "risk_miscalibrated": {
            "es": "El modelo de riesgo se aparta de lo ocurrido en {error:.1%} de promedio (límite {most:.0%}). "
            "Entrene de nuevo y no use p_unpaid como probabilidad hasta entonces.",
            "pt": "O modelo de risco se afasta do ocorrido em {error:.1%} em média (limite {most:.0%}). "
            "Treine de novo e não use p_unpaid como probabilidade até então.",
            "en": "The risk model is off what happened by {error:.1%} on average (limit {most:.0%}). "
            "Train again, and do not read p_unpaid as a probability until then.",
        },
        "risk_ranks_badly": {
            "es": "El modelo de riesgo casi no distingue quién paga (AUC {auc:.2f}, mínimo {least:.2f}). Entrene de "
            "nuevo.",
            "pt": "O modelo de risco quase não distingue quem paga (AUC {auc:.2f}, mínimo {least:.2f}). Treine de "
            "novo.",
            "en": "The risk model hardly tells who pays (AUC {auc:.2f}, least {least:.2f}). Train again.",
        },
        "contact_off": {
            "es": "Contacto por {channel}: se esperaba {predicted:.1%} y se logró {seen:.1%} en {n} gestiones. Revise "
            "el canal y los resultados que registra.",
            "pt": "Contato por {channel}: esperava-se {predicted:.1%} e obteve-se {seen:.1%} em {n} acionamentos. "
            "Verifique o canal e os resultados que registra.",
            "en": "Contact by {channel}: {predicted:.1%} was expected and {seen:.1%} seen over {n} attempts. Check the "
            "channel and the outcomes it records.",
        },
        "p_unpaid_moved": {
            "es": "La probabilidad de impago de la cartera cambió (índice {index:.2f}; mediana {then} antes, {now} "
            "ahora). Compare con lo que cambió en la cartera.",
            "pt": "A probabilidade de não pagar da carteira mudou (índice {index:.2f}; mediana {then} antes, {now} "
            "agora). Compare com o que mudou na carteira.",
            "en": "The portfolio's probability of not paying has moved (index {index:.2f}; median {then} then, {now} "
            "now). Compare with what changed in the portfolio.",
        },
        "feature_moved": {
            "es": "La columna {column} cambió (índice {index:.2f}). Revise si cambió la cartera o la forma de "
            "registrarla.",
            "pt": "A coluna {column} mudou (índice {index:.2f}). Verifique se mudou a carteira ou a forma de "
            "registrá-la.",
            "en": "Column {column} has moved (index {index:.2f}). Check whether the portfolio changed, or how it is "
            "recorded.",
        },
    }
)


def alert(code: str, **numbers: Any) -> dict[str, Any]:
    """An alert with its numbers, and its English sentence as `text`."""
    found = {"code": code, "numbers": numbers}
    return {**found, "text": tell_alert(found, "en")}


def tell_alert(found: Mapping[str, Any], language: str) -> str:
    """The sentence of an alert in `es`, `pt` or `en`.

    Example:
        >>> tell_alert({"code": "no_payments", "numbers": {}}, "en")[:17]
        'The books hold no'
    """
    numbers = dict(found["numbers"])
    if "channel" in numbers:
        numbers["channel"] = code_word(numbers["channel"], language)
    return _TEXTS[found["code"]][language].format(**numbers)
