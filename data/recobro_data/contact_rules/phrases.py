"""The words in which rules are told, in each language of the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Phrases = Mapping[str, Mapping[str, str]]

CHANNEL_WORDS: Final[Phrases] = MappingProxyType(
    {
        "es": {
            "call": "llamadas",
            "sms": "SMS",
            "whatsapp": "WhatsApp",
            "email": "correo electrónico",
            "visit": "visitas",
            "letter": "cartas",
        },
        "pt": {
            "call": "ligações",
            "sms": "SMS",
            "whatsapp": "WhatsApp",
            "email": "e-mail",
            "visit": "visitas",
            "letter": "cartas",
        },
        "en": {
            "call": "calls",
            "sms": "SMS",
            "whatsapp": "WhatsApp",
            "email": "e-mail",
            "visit": "visits",
            "letter": "letters",
        },
    }
)

DAY_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        "pt": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
        "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    }
)

RULE_PHRASES: Final[Phrases] = MappingProxyType(
    {
        "es": {
            "windows": "{place}: {channels}, solo {hours}, hora del deudor",
            "channel": "{place}: ninguna regla abre este canal: {channels}",
            "holiday": "{place}: no se contacta en feriados ni días sin calendario conocido",
            "limit": "{place}: {channels}, como máximo {max} {counted} en {days}",
            "limit_each": "{place}: {channels}, como máximo {max} {counted} por canal en {days}",
            "distance": "{place}: {channels}, {gap} desde {since} hasta el siguiente",
            "pause": "{place}: {channels}, al menos {minutes} minutos entre intentos; se espera al día siguiente",
            "one_channel": "{place}: tras un intento, solo el mismo canal durante {days}",
            "consent": "{place}: {channels}, solo con el consentimiento expreso del deudor",
            "forbidden": "{place}: nunca se permite «{code}»",
            "zones": "{place}: no se conoce la zona horaria del deudor y por eso ninguna hora es segura",
            "team": "La hora lícita queda fuera del horario del equipo",
            "debtor": "La hora lícita queda fuera del horario que pidió el deudor",
            "attempts": "intentos",
            "attempts_1": "intento",
            "contacts": "contactos",
            "contacts_1": "contacto",
            "attempt": "un intento",
            "conversation": "una conversación",
            "day": "1 día",
            "days": "{n} días seguidos",
            "gap": "{n} días",
            "to": "de {first} a {last} {hours}",
            "on": "{first} {hours}",
            "clock": "de {start} a {end}",
            "and": " y ",
            "law": "{cite}",
            "guidance": "criterio de la autoridad: {cite}",
            "policy": "prudencia de recobro, no texto de ley",
            "policy_near": "prudencia de recobro; véase {cite}",
        },
        "pt": {
            "windows": "{place}: {channels}, só {hours}, hora do devedor",
            "channel": "{place}: nenhuma regra abre este canal: {channels}",
            "holiday": "{place}: não se contata em feriados nem em dias sem calendário conhecido",
            "limit": "{place}: {channels}, no máximo {max} {counted} em {days}",
            "limit_each": "{place}: {channels}, no máximo {max} {counted} por canal em {days}",
            "distance": "{place}: {channels}, {gap} de {since} até a seguinte",
            "pause": "{place}: {channels}, ao menos {minutes} minutos entre tentativas; espera-se o dia seguinte",
            "one_channel": "{place}: após uma tentativa, só o mesmo canal durante {days}",
            "consent": "{place}: {channels}, só com o consentimento expresso do devedor",
            "forbidden": "{place}: nunca se permite «{code}»",
            "zones": "{place}: não se conhece o fuso horário do devedor e por isso nenhuma hora é segura",
            "team": "A hora lícita fica fora do horário da equipe",
            "debtor": "A hora lícita fica fora do horário que o devedor pediu",
            "attempts": "tentativas",
            "attempts_1": "tentativa",
            "contacts": "contatos",
            "contacts_1": "contato",
            "attempt": "uma tentativa",
            "conversation": "uma conversa",
            "day": "1 dia",
            "days": "{n} dias seguidos",
            "gap": "{n} dias",
            "to": "de {first} a {last} {hours}",
            "on": "{first} {hours}",
            "clock": "das {start} às {end}",
            "and": " e ",
            "law": "{cite}",
            "guidance": "critério da autoridade: {cite}",
            "policy": "prudência do recobro, não texto de lei",
            "policy_near": "prudência do recobro; ver {cite}",
        },
        "en": {
            "windows": "{place}: {channels} only {hours}, the debtor's time",
            "channel": "{place}: no rule opens this channel: {channels}",
            "holiday": "{place}: no contact on public holidays, nor on days without a known calendar",
            "limit": "{place}: {channels}, at most {max} {counted} in {days}",
            "limit_each": "{place}: {channels}, at most {max} {counted} a channel in {days}",
            "distance": "{place}: {channels}, {gap} from {since} to the next",
            "pause": "{place}: {channels}, at least {minutes} minutes between attempts; the next day is awaited",
            "one_channel": "{place}: after an attempt only the same channel for {days}",
            "consent": "{place}: {channels} only with the debtor's explicit consent",
            "forbidden": "{place}: “{code}” is never allowed",
            "zones": "{place}: the debtor's time zone is not known, so no hour is safe",
            "team": "The lawful hours lie outside the team's hours",
            "debtor": "The lawful hours lie outside the hours the debtor asked for",
            "attempts": "attempts",
            "attempts_1": "attempt",
            "contacts": "contacts",
            "contacts_1": "contact",
            "attempt": "an attempt",
            "conversation": "a conversation",
            "day": "1 day",
            "days": "{n} days running",
            "gap": "{n} days",
            "to": "{first} to {last} {hours}",
            "on": "{first} {hours}",
            "clock": "{start} to {end}",
            "and": " and ",
            "law": "{cite}",
            "guidance": "the authority's reading: {cite}",
            "policy": "recobro's own caution, not the text of a law",
            "policy_near": "recobro's own caution; see {cite}",
        },
    }
)
