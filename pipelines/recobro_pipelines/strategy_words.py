"""The words in which strategies are told, in Spanish, Portuguese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import LANGUAGES

_WORDS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "title": ("Estrategias de {file}", "Estratégias de {file}", "Strategies of {file}"),
        "shipped": ("recobro (sin archivo propio)", "recobro (sem arquivo próprio)", "recobro (no file of your own)"),
        "version": ("versión {version}", "versão {version}", "version {version}"),
        "first_fits": (
            "De las estrategias vale la primera que calza.",
            "Das estratégias vale a primeira que se aplica.",
            "Of the strategies the first that fits holds.",
        ),
        "pre_due": ("antes del vencimiento", "antes do vencimento", "before the due date"),
        "due_today": ("el día del vencimiento", "no dia do vencimento", "on the due date"),
        "past_due": (
            "{first} a {last} días de atraso",
            "{first} a {last} dias de atraso",
            "{first} to {last} days late",
        ),
        "past_due_on": ("{first} días de atraso o más", "{first} dias de atraso ou mais", "{first} days late or more"),
        "person": ("personas", "pessoas", "persons"),
        "company": ("empresas", "empresas", "companies"),
        "only": ("solo {what}", "somente {what}", "only {what}"),
        "portfolios": ("cartera {names}", "carteira {names}", "portfolio {names}"),
        "bands": ("banda {names}", "faixa {names}", "band {names}"),
        "amount_from": ("desde {amount} por cobrar", "a partir de {amount} a cobrar", "from {amount} to collect"),
        "amount_below": ("menos de {amount} por cobrar", "menos de {amount} a cobrar", "less than {amount} to collect"),
        "channels": ("canales", "canais", "channels"),
        "tone": ("tono", "tom", "tone"),
        "texts": ("textos", "textos", "texts"),
        "order": ("orden", "ordem", "order"),
        "between": ("entre intentos", "entre tentativas", "between attempts"),
        "offers": ("ofertas", "ofertas", "offers"),
        "none": ("ninguno: no se contacta", "nenhum: não se contata", "none: nobody is contacted"),
        "friendly": ("amable", "amável", "friendly"),
        "plain": ("neutro", "neutro", "plain"),
        "firm": ("firme", "firme", "firm"),
        "gentle": ("considerado", "cuidadoso", "gentle"),
        "digital_first": (
            "llamada o visita solo si vale {percent} % más que el mejor mensaje",
            "ligação ou visita só se valer {percent} % mais que a melhor mensagem",
            "a call or visit only where it is worth {percent} % more than the best message",
        ),
        "days_between": ("al menos {n} días", "ao menos {n} dias", "at least {n} days"),
        "sequence": ("Secuencia", "Sequência", "Sequence"),
        "vary": (
            "Una hora en que nadie respondió se deja {n} días, salvo que valga {factor} veces la mejor otra.",
            "Um horário sem resposta fica de fora por {n} dias, salvo se valer {factor} vezes o melhor outro.",
            "An hour at which nobody answered is left out for {n} days, unless worth {factor} times the best other.",
        ),
        "failed": (
            "Un canal que rebotó cede {n} días el paso a los demás.",
            "Um canal que falhou dá lugar aos outros por {n} dias.",
            "A channel that bounced gives way to the others for {n} days.",
        ),
        "follow_up": (
            "Una promesa se sigue el día que vence y hasta {n} días después de incumplida.",
            "Uma promessa é acompanhada no dia em que vence e até {n} dias depois de quebrada.",
            "A promise is followed up on its day and for {n} days once broken.",
        ),
        "suggest": (
            "Se propone prometer para el día de pago más probable, a lo más a {n} días.",
            "Propõe-se prometer para o dia de pagamento mais provável, no máximo a {n} dias.",
            "A promise is suggested for the likeliest payday, at most {n} days ahead.",
        ),
        "vulnerable": ("Personas en situación vulnerable", "Pessoas em situação vulnerável", "Vulnerable persons"),
        "lighter": (
            "Solo {channels}; al menos {n} días entre intentos; tono considerado; nada se sortea.",
            "Somente {channels}; ao menos {n} dias entre tentativas; tom cuidadoso; nada é sorteado.",
            "Only {channels}; at least {n} days between attempts; gentle tone; nothing is drawn at random.",
        ),
        "catalogue": ("Ofertas", "Ofertas", "Offers"),
        "no_offers": ("Ninguna en el catálogo.", "Nenhuma no catálogo.", "None in the catalogue."),
        "cleared": ("en {countries}", "em {countries}", "in {countries}"),
        "assumed": ("supuesto", "suposto", "assumed"),
        "measured": ("medido", "medido", "measured"),
        "lift": (
            "suma {percent} % a la probabilidad de pagar ({basis})",
            "soma {percent} % à probabilidade de pagar ({basis})",
            "adds {percent} % to the chance of paying ({basis})",
        ),
        "no_lift": (
            "no se hace: nadie sabe cuánto suma",
            "não se faz: ninguém sabe quanto soma",
            "never made: nobody knows what it adds",
        ),
    }
)


def word(key: str, language: str, **given: Any) -> str:
    """A sentence or word with what it leaves open; one day in the singular.

    Example:
        >>> word("days_between", "es", n=3)
        'al menos 3 días'
    """
    text = _WORDS[key][LANGUAGES.index(language)].format(**given)
    return re.sub(r"\b1 (día|dia|day)s", r"1 \1", text)
