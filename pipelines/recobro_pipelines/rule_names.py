"""Rules by what they say, where a plan names them by id: those of a law, of a strategy, of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from recobro_data.contact_rules import Rulebook, explain_rule
from recobro_data.contact_rules.events import EVENT_WORDS, events_told_by
from recobro_data.errors import RulesError
from recobro_data.vocabulary import LANGUAGES, LEFT_ALONE
from recobro_pipelines.debtor_words import code_word

#: Spanish, Portuguese, English.
_NAMES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "lawful_hours": (
            "Horas en que la ley o el deudor no permiten el contacto", "Horas em que a lei ou o devedor não permitem",
            "Hours at which law or debtor allow no contact",
        ),
        "limiting_strategy_channels": (
            "Canales que la estrategia de la etapa no prevé", "Canais que a estratégia da etapa não prevê",
            "Channels that the stage's strategy does not use",
        ),
        "limiting_failed_channel": (
            "Canales que rebotaron hace poco", "Canais que falharam há pouco", "Channels that bounced lately",
        ),
        "limiting_min_days": (
            "Días entre contactos que pide la estrategia", "Dias entre contatos que a estratégia pede",
            "Days between contacts that the strategy asks for",
        ),
        "limiting_same_hour": (
            "La misma hora en que no respondieron", "O mesmo horário em que não responderam",
            "The hour at which nobody answered lately",
        ),
        "limiting_vulnerable": (
            "Menos presión a personas vulnerables", "Menos pressão sobre pessoas vulneráveis",
            "Less pressure on vulnerable debtors",
        ),
        "limiting_message_first": (
            "Primero un mensaje donde la llamada agrega poco", "Primeiro uma mensagem onde a ligação acrescenta pouco",
            "A message first where a call would add little",
        ),
        "vulnerable": (
            "El deudor es una persona vulnerable", "O devedor é uma pessoa vulnerável", "The debtor is vulnerable",
        ),
        "contact_points": (
            "Ningún canal que llegue al deudor y se permita", "Nenhum canal que chegue ao devedor e seja permitido",
            "No channel that reaches the debtor and is allowed",
        ),
        "contact_points.opted_out": (
            "El deudor se negó a sus canales", "O devedor recusou seus canais", "The debtor opted out of the channels",
        ),
        "promises": ("Una promesa que no ha vencido", "Uma promessa que não venceu", "A promise that is not due yet"),
        "disputes": ("Un reclamo sin resolver", "Uma contestação sem solução", "A dispute that is not settled"),
        "policy.pre_due_days": (
            "Aún es pronto para recordar el vencimiento", "Ainda é cedo para lembrar o vencimento",
            "Too early for a reminder",
        ),
        "policy.expected_value": (
            "Ninguna opción rinde más de lo que cuesta", "Nenhuma opção rende mais do que custa",
            "No option brings more than it costs",
        ),
        "policy.exploration": (
            "Por sorteo, para medir lo que agrega un contacto", "Por sorteio, para medir o que um contato acrescenta",
            "By lot, to measure what a contact adds",
        ),
        "channels.capacity": (
            "El equipo no da abasto", "A equipe não dá conta", "The team's capacity is used up",
        ),
        "control": (
            "Por sorteo, para medir lo que agrega la cobranza", "Por sorteio, para medir o que a cobrança acrescenta",
            "By lot, to measure what collection adds",
        ),
    }
)  # fmt: skip


def rule_in_words(rule: str, language: str, *, rulebook: Rulebook | None = None) -> str:
    """What a rule of a plan says, without the full stop; a rule that is not known any more, by its id.

    An unknown language is told in Spanish.

    Example:
        >>> rule_in_words("limiting_failed_channel", "pt")
        'Canais que falharam há pouco'
    """
    language = language if language in LANGUAGES else "es"
    name = "control" if rule.startswith("control.") else rule
    if name in _NAMES:
        return _NAMES[name][LANGUAGES.index(language)]
    if rule in LEFT_ALONE:
        return code_word(rule, language)
    events = events_told_by(rule)
    if events:
        return EVENT_WORDS[events[0]][LANGUAGES.index(language)]
    try:
        return explain_rule(rule, language, rulebook=rulebook).removesuffix(".")
    except RulesError:
        return rule
