"""The words around contact rules on a page, in Spanish, Portuguese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import LANGUAGES

_WORDS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "holds": (
            "{strength}; prueba más nueva: {as_of}; puede usarse hasta el {until}; {version}",
            "{strength}; prova mais recente: {as_of}; pode ser usado até {until}; {version}",
            "{strength}; newest evidence: {as_of}; may be used until {until}; {version}",
        ),
        "undated": ("sin fecha", "sem data", "undated"),
        "statute": ("ley", "lei", "statute"),
        "regulation": ("reglamento", "regulamento", "regulation"),
        "guide": ("guía de la autoridad", "guia da autoridade", "the authority's guide"),
        "none_found": ("no se halló ley", "não se achou lei", "no law found"),
        "no_advice": (
            "No es asesoría legal: un abogado local lo valida antes de gestionar una cartera.",
            "Não é assessoria jurídica: um advogado local valida antes de trabalhar uma carteira.",
            "Not legal advice: local counsel signs off before a portfolio is worked.",
        ),
        "zone_unknown": (
            "Sin zona horaria del deudor, la hora debe ser lícita en las {n} zonas: {zones}.",
            "Sem fuso do devedor, a hora deve ser lícita nos {n} fusos: {zones}.",
            "Without the debtor's time zone a moment must be lawful in all {n} zones: {zones}.",
        ),
        "region_unknown": (
            "Sin región del deudor rigen los feriados de todas y también: {files}.",
            "Sem a região do devedor valem os feriados de todas e também: {files}.",
            "Without the debtor's region the holidays of all hold, and also: {files}.",
        ),
        "holidays_only": (
            "Sin región del deudor rigen los feriados de todas.", "Sem a região do devedor valem os feriados de todas.",
            "Without the debtor's region the holidays of all hold.",
        ),
        "city_unknown": (
            "La ciudad del deudor no se conoce; rige también: {files}.",
            "A cidade do devedor não é conhecida; vale também: {files}.",
            "The debtor's city is not known; this holds too: {files}.",
        ),
        "place_unknown": (
            "Este lugar no tiene reglas propias: rige la cautela más estricta.",
            "Este lugar não tem regras próprias: vale a cautela mais estrita.",
            "This place has no rules of its own: the strictest caution holds.",
        ),
        "windows": ("Horarios", "Horários", "Hours"),
        "holidays": ("Feriados", "Feriados", "Holidays"),
        "ahead": ("Próximos: {days}", "Próximos: {days}", "Ahead: {days}"),
        "limits": ("Topes y distancias", "Limites e distâncias", "Caps and distances"),
        "consent": ("Consentimiento", "Consentimento", "Consent"),
        "no_consent": (
            "Ningún canal lo exige; una negativa se respeta siempre.",
            "Nenhum canal o exige; uma recusa é sempre respeitada.",
            "No channel asks for it; an opt-out is always honoured.",
        ),
        "duties": ("Contactos que la ley exige", "Contatos que a lei exige", "Contacts that the law demands"),
        "contents": ("Qué debe decir o registrar", "O que deve dizer ou registrar", "What must be told or recorded"),
        "stops": ("Todo contacto termina cuando", "Todo contato termina quando", "All contact ends when"),
        "forbidden": ("Nunca se permite", "Nunca se permite", "Never allowed"),
        "emergencies": ("Estados de excepción", "Estados de exceção", "States of emergency"),
        "declared": (
            "declarado desde el {since}{until}", "declarado desde {since}{until}", "declared from {since}{until}",
        ),
        "until": (" hasta el {day}", " até {day}", " until {day}"),
        "not_declared": ("no declarado, no rige", "não declarado, não vale", "not declared, not in force"),
        "wider": ("Lecturas más amplias", "Leituras mais amplas", "Wider readings"),
        "signed": (
            "FIRMADA por {by} el {on}: {why}", "ASSINADA por {by} em {on}: {why}", "SIGNED by {by} on {on}: {why}",
        ),
        "not_signed": (
            "sin firma: rige la lectura estricta", "sem assinatura: vale a leitura estrita",
            "not signed: the strict reading holds",
        ),
        "exceptions": (
            "Lo que el consentimiento puede relajar (nunca automático)",
            "O que o consentimento pode relaxar (nunca automático)",
            "What consent can relax (never automatic)",
        ),
        "pre_due": ("Avisos antes del vencimiento", "Avisos antes do vencimento", "Reminders before the due date"),
        "is_collection": (
            "Cuentan como cobranza.", "Contam como cobrança.", "They count as collection.",
        ),
        "no_collection": (
            "La ley no los llama cobranza; aquí se cuentan igual.", "A lei não os chama cobrança; aqui contam igual.",
            "The law does not call them collection; they are counted here all the same.",
        ),
        "watch": ("Pendiente de cambios", "Mudanças pendentes", "Pending changes"),
        "sources": ("Fuentes", "Fontes", "Sources"),
        "full_text": ("texto leído", "texto lido", "wording read"),
        "quoted": ("texto citado por terceros", "texto citado por terceiros", "wording quoted by others"),
        "secondary": ("de segunda mano", "de segunda mão", "second hand"),
        "memory": ("de memoria", "de memória", "from memory"),
        "none": ("nada hallado", "nada encontrado", "nothing found"),
        "allowed": ("PERMITIDO", "PERMITIDO", "ALLOWED"),
        "not_allowed": ("NO PERMITIDO", "NÃO PERMITIDO", "NOT ALLOWED"),
        "yes": ("sí", "sim", "yes"),
        "no": ("no", "não", "no"),
        "allows_until": ("hasta el {when}", "até {when}", "until {when}"),
        "from": ("de nuevo desde el {when}", "de novo desde {when}", "again from {when}"),
        "for_good": ("sin plazo", "sem prazo", "without end"),
        "asked": ("Todas las reglas consultadas", "Todas as regras consultadas", "Every rule that was asked"),
        "moment": (
            "{channel} a {whose} el {at} ({zone})", "{channel} a {whose} em {at} ({zone})",
            "{channel} to {whose} at {at} ({zone})",
        ),
        "somebody": ("un deudor de {place}", "um devedor de {place}", "a debtor in {place}"),
        "flag": (
            "el deudor está marcado como no contactar", "o devedor está marcado como não contatar",
            "the debtor is marked as not to be contacted",
        ),
        "opted_out": (
            "el deudor se negó a este canal", "o devedor recusou este canal", "the debtor opted out of this channel",
        ),
    }
)  # fmt: skip


def say(key: str, language: str, **values: Any) -> str:
    """A word or sentence of the page.

    Example:
        >>> say("ahead", "pt", days="25 dez")
        'Próximos: 25 dez'
    """
    return _WORDS[key][LANGUAGES.index(language)].format(**values)
