"""The words around one debtor's figures, and of the contract's codes, in the languages that collectors read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import LANGUAGES

#: Spanish, Portuguese, English.
_Words = tuple[str, str, str]

_CODES: Final[Mapping[str, _Words]] = MappingProxyType(
    {
        "call": ("llamada", "ligação", "call"), "sms": ("SMS", "SMS", "SMS"),
        "whatsapp": ("WhatsApp", "WhatsApp", "WhatsApp"), "email": ("correo", "e-mail", "email"),
        "visit": ("visita", "visita", "visit"),
        "do_not_contact": ("no contactar", "não contatar", "do not contact"),
        "opted_out": ("pidió no ser contactado", "pediu para não ser contatado", "opted out"),
        "no_channel": ("sin canal", "sem canal", "no channel"),
        "promise_open": ("promesa vigente", "promessa em aberto", "promise open"),
        "dispute_open": ("reclamo abierto", "contestação aberta", "dispute open"),
        "awaiting_payment": ("se espera su pago", "pagamento aguardado", "payment awaited"),
        "frequency_limit": ("tope de contactos", "limite de contatos", "frequency limit"),
        "outside_lawful_hours": ("fuera de horario legal", "fora do horário legal", "outside lawful hours"),
        "holiday": ("feriado", "feriado", "holiday"),
        "control_group": ("grupo de control", "grupo de controle", "control group"),
        "not_worth_cost": ("no compensa el costo", "não compensa o custo", "not worth its cost"),
        "no_capacity": ("sin capacidad", "sem capacidade", "no capacity"),
        "best": ("la mejor opción", "a melhor opção", "best option"),
        "explore": ("sorteado para aprender", "sorteado para aprender", "drawn to learn"),
        "duty": ("contacto obligatorio", "contato obrigatório", "contact that the law demands"),
    }
)  # fmt: skip

SENTENCES: Final[Mapping[str, _Words]] = MappingProxyType(
    {
        "whose": ("cartera {portfolio}, plan {plan}", "carteira {portfolio}, plano {plan}",
                  "portfolio {portfolio}, plan {plan}"),
        "rank": ("Puesto {rank}", "Posição {rank}", "Rank {rank}"),
        "action": ("{channel} {window}, suma {value} ({arm}, propensión {propensity})",
                   "{channel} {window}, soma {value} ({arm}, propensão {propensity})",
                   "{channel} {window}, adds {value} ({arm}, propensity {propensity})"),
        "effect": ("pagar pasa de {p_no_action} a {p_pay}; contacto {p_reach}",
                   "pagar passa de {p_no_action} para {p_pay}; contato {p_reach}",
                   "paying goes from {p_no_action} to {p_pay}; reached {p_reach}"),
        "alternative": ("si no, {channel} {window}: {value}", "senão, {channel} {window}: {value}",
                        "else {channel} {window}: {value}"),
        "propose": ("proponga pagar el {day}", "proponha pagar em {day}", "propose to pay on {day}"),
        "adds": ("la oferta suma {value} ({basis})", "a oferta soma {value} ({basis})",
                 "the offer adds {value} ({basis})"),
        "assumed": ("supuesto", "suposto", "assumed"), "measured": ("medido", "medido", "measured"),
        "left_alone": ("Hoy no se gestiona", "Hoje não se aciona", "Left alone"),
        "until": (" hasta {day}", " até {day}", " until {day}"),
        "risk": ("Riesgo", "Risco", "Risk"),
        "unpaid": ("banda {band}: sin pagar a {days} días {p}", "faixa {band}: sem pagar em {days} dias {p}",
                   "band {band}: unpaid after {days} days {p}"),
        "interval": ("{p} ({low} a {high})", "{p} ({low} a {high})", "{p} ({low} to {high})"),
        "within": ("en {days} días", "em {days} dias", "within {days} days"),
        "roll": ("pasar al tramo siguiente {p}", "passar à faixa seguinte {p}", "roll to the next stage {p}"),
        "depth": ("{depth}+ días de atraso {p}", "{depth}+ dias de atraso {p}", "{depth}+ days past due {p}"),
        "expected": ("pago esperado: {day}", "pagamento esperado: {day}", "payment expected: {day}"),
        "days": ("{day} (de {first} a {last})", "{day} (de {first} a {last})", "{day} ({first} to {last})"),
        "earliest": ("{day} (desde el {first})", "{day} (desde {first})", "{day} (from {first})"),
        "beyond": ("después de 180 días", "depois de 180 dias", "after 180 days"),
        "curve": ("pagado dentro de: {points}", "pago dentro de: {points}", "paid within: {points}"),
        "accounts": ("Cuentas", "Contas", "Accounts"),
        "account": ("cuenta", "conta", "account"), "n_open": ("cuotas", "parcelas", "charges"),
        "days_past_due": ("días", "dias", "days"), "balance_due": ("saldo", "saldo", "balance"),
        "disputed_amount": ("en reclamo", "contestado", "disputed"), "band": ("banda", "faixa", "band"),
        "p_unpaid": ("sin pagar", "sem pagar", "unpaid"),
        "paid_on": ("pago esperado", "pagamento esperado", "expected"),
        "since": ("Desde el {day}", "Desde {day}", "Since {day}"),
        "moved": ("sin pagar de {then} a {now}", "sem pagar de {then} para {now}", "unpaid from {then} to {now}"),
        "promise": ("[bold]Promesa[/] si se le contacta: {by_channel}; de cumplirla: {p_kept}",
                    "[bold]Promessa[/] se for contatado: {by_channel}; de cumpri-la: {p_kept}",
                    "[bold]Promise[/] if reached: {by_channel}; of keeping it: {p_kept}"),
        "hours": ("Mejores horas permitidas", "Melhores horários permitidos", "Best lawful hours"),
        "same_hours": ("{channels}: la hora no cambia nada", "{channels}: o horário não muda nada",
                       "{channels}: the hour makes no difference"),
        "hours_not_known": ("{channels}: aún no se sabe si la hora importa",
                            "{channels}: ainda não se sabe se o horário importa",
                            "{channels}: whether the hour matters is not known yet"),
        "reached": ("contacto {p}", "contato {p}", "reached {p}"),
    }
)  # fmt: skip

_WEEKDAYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
        "pt": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
        "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    }
)
_MONTHS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
        "pt": ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"),
        "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    }
)


def say(key: str, language: str, **numbers: Any) -> str:
    """The sentence of a key with its numbers; an unknown language is told in Spanish.

    Example:
        >>> say("roll", "pt", p="12.0%")
        'passar à faixa seguinte 12.0%'
    """
    return SENTENCES[key][_place(language)].format(**numbers)


def code_word(code: str, language: str) -> str:
    """A channel, arm, or reason to leave a debtor alone, inside a sentence.

    Example:
        >>> code_word("call", "pt"), code_word("control_group", "es")
        ('ligação', 'grupo de control')
    """
    return _CODES[code][_place(language)]


def weekday_word(weekday: int, language: str) -> str:
    """A short name of a weekday; Monday is 0."""
    return _WEEKDAYS[_known(language)][weekday]


def day_words(day: date, language: str, *, with_year: bool = True) -> str:
    """A day in short.

    Example:
        >>> day_words(date(2026, 3, 1), "pt"), day_words(date(2026, 3, 1), "es", with_year=False)
        ('1 mar 2026', '1 mar')
    """
    month = _MONTHS[_known(language)][day.month - 1]
    return f"{day.day} {month} {day.year}" if with_year else f"{day.day} {month}"


def _known(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


def _place(language: str) -> int:
    return LANGUAGES.index(_known(language))
