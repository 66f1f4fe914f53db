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

#: Reasons of the risk model: (Spanish, Portuguese, English).
_RISK: Final[dict[str, tuple[str, str, str]]] = {
    "late_charges": (
        "Más de 15 días de atraso en {n_late15_of_last6} de sus últimas {n_of_last6} cuotas",
        "Mais de 15 dias de atraso em {n_late15_of_last6} das suas últimas {n_of_last6} parcelas",
        "More than 15 days late on {n_late15_of_last6} of the last {n_of_last6} charges",
    ),
    "slightly_late_charges": (
        "5 o más días de atraso en {n_late5_of_last6} de sus últimas {n_of_last6} cuotas",
        "5 ou mais dias de atraso em {n_late5_of_last6} das suas últimas {n_of_last6} parcelas",
        "5 or more days late on {n_late5_of_last6} of the last {n_of_last6} charges",
    ),
    "punctual": (
        "De sus últimas {n_of_last6} cuotas, con 5 o más días de atraso: {n_late5_of_last6}",
        "Das suas últimas {n_of_last6} parcelas, com 5 ou mais dias de atraso: {n_late5_of_last6}",
        "Of the last {n_of_last6} charges, 5 or more days late: {n_late5_of_last6}",
    ),
    "worst_delay": (
        "Su mayor atraso del último año fue de {worst_days_late_365d} días",
        "Seu maior atraso do último ano foi de {worst_days_late_365d} dias",
        "The longest delay of the last year was {worst_days_late_365d} days",
    ),
    "pays_late_on_average": (
        "En el último año pagó en promedio {mean_days_late_365d} días después del vencimiento",
        "No último ano pagou em média {mean_days_late_365d} dias após o vencimento",
        "Over the last year paid {mean_days_late_365d} days after the due date on average",
    ),
    "pays_early_on_average": (
        "En el último año pagó en promedio {mean_days_late_365d_early} días antes del vencimiento",
        "No último ano pagou em média {mean_days_late_365d_early} dias antes do vencimento",
        "Over the last year paid {mean_days_late_365d_early} days before the due date on average",
    ),
    "past_due": (
        "Su cuota más antigua lleva {oldest_days_past_due} días vencida",
        "Sua parcela mais antiga está vencida há {oldest_days_past_due} dias",
        "The oldest charge is {oldest_days_past_due} days past due",
    ),
    "not_due_yet": (
        "Su próxima cuota vence en {oldest_days_ahead} días",
        "Sua próxima parcela vence em {oldest_days_ahead} dias",
        "The next charge falls due in {oldest_days_ahead} days",
    ),
    "due_today": (
        "Su próxima cuota vence hoy",
        "Sua próxima parcela vence hoje",
        "The next charge falls due today",
    ),
    "owes_overdue": (
        "Cuotas vencidas: {n_overdue}, por {overdue_amount} {currency}",
        "Parcelas vencidas: {n_overdue}, no total de {overdue_amount} {currency}",
        "Overdue charges: {n_overdue}, {overdue_amount} {currency} in all",
    ),
    "owes_nothing_overdue": (
        "No tiene cuotas vencidas; debe {open_amount} {currency} en total",
        "Não tem parcelas vencidas; deve {open_amount} {currency} no total",
        "Nothing is overdue; {open_amount} {currency} is owed in all",
    ),
    "charge_size": (
        "La cuota es de {charge_amount} {currency}; su promedio es {mean_charge_amount}",
        "A parcela é de {charge_amount} {currency}; a média é {mean_charge_amount}",
        "The charge is {charge_amount} {currency}; the average is {mean_charge_amount}",
    ),
    "paid_in_part": (
        "De la cuota ya está pagado el {charge_paid_percent} %",
        "Da parcela já foi pago {charge_paid_percent} %",
        "{charge_paid_percent} % of the charge is paid already",
    ),
    "charge_terms": (
        "La cuota se emitió con {charge_term_days} días de plazo",
        "A parcela foi emitida com {charge_term_days} dias de prazo",
        "The charge was issued with {charge_term_days} days to pay",
    ),
    "last_payment": (
        "Su último pago fue hace {days_since_last_payment} días",
        "Seu último pagamento foi há {days_since_last_payment} dias",
        "The last payment was {days_since_last_payment} days ago",
    ),
    "never_paid": (
        "Todavía no registra ningún pago",
        "Ainda não há nenhum pagamento registrado",
        "No payment is on record yet",
    ),
    "payment_days": (
        "Pagos en los últimos 90 días: {n_payments_90d}",
        "Pagamentos nos últimos 90 dias: {n_payments_90d}",
        "Payments in the last 90 days: {n_payments_90d}",
    ),
    "pays_at_month_end": (
        "De sus pagos del último año, a fin de mes: {month_end_percent} %",
        "Dos seus pagamentos do último ano, no fim do mês: {month_end_percent} %",
        "Of the payments of the last year, at the end of the month: {month_end_percent} %",
    ),
    "pays_mid_month": (
        "De sus pagos del último año, a mediados de mes: {mid_month_percent} %",
        "Dos seus pagamentos do último ano, em meados do mês: {mid_month_percent} %",
        "Of the payments of the last year, in the middle of the month: {mid_month_percent} %",
    ),
    "promises_broken": (
        "Promesas de pago del último año: {n_promises_365d}; incumplidas: {n_broken_365d}",
        "Promessas de pagamento do último ano: {n_promises_365d}; descumpridas: {n_broken_365d}",
        "Promises to pay in the last year: {n_promises_365d}; broken: {n_broken_365d}",
    ),
    "promises_kept": (
        "Promesas de pago del último año: {n_promises_365d}; cumplidas: {n_kept_365d}",
        "Promessas de pagamento do último ano: {n_promises_365d}; cumpridas: {n_kept_365d}",
        "Promises to pay in the last year: {n_promises_365d}; kept: {n_kept_365d}",
    ),
    "promise_open": (
        "Tiene una promesa de pago que aún no vence",
        "Tem uma promessa de pagamento que ainda não venceu",
        "A promise to pay has not fallen due yet",
    ),
    "no_promises": (
        "No hizo promesas de pago en el último año",
        "Não fez promessas de pagamento no último ano",
        "Made no promise to pay in the last year",
    ),
    "answers": (
        "Respondió {n_reached_180d} de {n_attempts_180d} intentos de contacto en 180 días",
        "Respondeu a {n_reached_180d} de {n_attempts_180d} tentativas de contato em 180 dias",
        "Answered {n_reached_180d} of {n_attempts_180d} contact attempts in 180 days",
    ),
    "never_contacted": (
        "No se le intentó contactar en los últimos 180 días",
        "Não houve tentativa de contato nos últimos 180 dias",
        "No contact was tried in the last 180 days",
    ),
    "short_history": (
        "Historial corto: cuotas con vencimiento en el último año: {n_charges_365d}",
        "Histórico curto: parcelas com vencimento no último ano: {n_charges_365d}",
        "Short history: charges that fell due in the last year: {n_charges_365d}",
    ),
    "history": (
        "De su historial: cuotas con vencimiento en el último año: {n_charges_365d}",
        "Do seu histórico: parcelas com vencimento no último ano: {n_charges_365d}",
        "History: charges that fell due in the last year: {n_charges_365d}",
    ),
    "segment": (
        "Así pagan las cuotas de su producto y cartera",
        "Assim são pagas as parcelas do seu produto e carteira",
        "Charges of this product and portfolio are paid this way",
    ),
    "calendar": (
        "Por la fecha: el vencimiento y los días que siguen pesan en cuándo se paga",
        "Pela data: o vencimento e os próximos dias influem em quando se paga",
        "The calendar: the due date and the coming days weigh on when people pay",
    ),
}

#: Reasons of the decision, and the constraint that decided.
_DECISION: Final[dict[str, tuple[str, str, str]]] = {
    "contact_adds": (
        "Contactarlo sube su probabilidad de pagar de {p_no_action_percent} % a {p_action_percent} %",
        "O contato eleva a probabilidade de pagar de {p_no_action_percent} % para {p_action_percent} %",
        "This contact raises the probability of paying from {p_no_action_percent} % to {p_action_percent} %",
    ),
    "good_hour": (
        "A esa hora la probabilidad de que conteste es {p_reach_percent} %",
        "Nesse horário a probabilidade de resposta é {p_reach_percent} %",
        "The probability of reaching the debtor at that hour is {p_reach_percent} %",
    ),
    "explored": (
        "Canal y hora sorteados entre los permitidos, para aprender",
        "Canal e horário sorteados entre os permitidos, para aprender",
        "Channel and hour were drawn at random among the lawful ones, to learn",
    ),
    "three_criteria": (
        "Cartera con poca historia: orden por antigüedad, monto y días sin gestión",
        "Carteira com pouca história: ordem por antiguidade, valor e dias sem contato",
        "Short history: ranked by age of the debt, amount and days since the last attempt",
    ),
    "criterion_age": (
        "Su cuota más antigua lleva {days_past_due} días vencida",
        "Sua parcela mais antiga está vencida há {days_past_due} dias",
        "The oldest charge is {days_past_due} days past due",
    ),
    "criterion_amount": (
        "Por cobrar: {amount_to_collect} {currency}",
        "A cobrar: {amount_to_collect} {currency}",
        "To collect: {amount_to_collect} {currency}",
    ),
    "criterion_last_attempt": (
        "Último intento de contacto hace {days_since_last_attempt} días",
        "Última tentativa de contato há {days_since_last_attempt} dias",
        "The last attempt was {days_since_last_attempt} days ago",
    ),
    "criterion_never_tried": (
        "Todavía no se le intentó contactar",
        "Ainda não houve tentativa de contato",
        "No contact has been tried yet",
    ),
    "limiting_lawful_hours": (
        "Limitante: la norma y el horario del equipo permiten {channel} de {first_hour}:00 a {last_hour}:00",
        "Limitante: a norma e o horário da equipe permitem {channel} das {first_hour}:00 às {last_hour}:00",
        "Limiting: the law and the team's hours allow {channel} from {first_hour}:00 to {last_hour}:00",
    ),
    "limiting_capacity": (
        "Limitante: la capacidad de {channel} está agotada en el mejor horario",
        "Limitante: a capacidade de {channel} está esgotada no melhor horário",
        "Limiting: the capacity for {channel} is used up at the best hour",
    ),
    "limiting_frequency": (
        "Limitante: por frecuencia ya no se permite {channel} hasta {until}",
        "Limitante: pela frequência já não se permite {channel} até {until}",
        "Limiting: for frequency, no {channel} before {until}",
    ),
    "limiting_channel": (
        "Limitante: solo se puede usar {channel}",
        "Limitante: só se pode usar {channel}",
        "Limiting: only {channel} can be used",
    ),
}

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
        for code, texts in (_RISK | _DECISION | CHANGES).items()
    }
)
RISK_CODES: Final = tuple(_RISK)


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
    text = CATALOGUE[code][language].format_map(_spoken(numbers, language))
    return _ONE.sub(lambda found: f"1 {_SINGULAR.get(found[1], found[1])}", text)


def _spoken(numbers: Mapping[str, Any], language: str) -> dict[str, str]:
    place = ("es", "pt", "en").index(language)
    spoken = {name: _number(value, language) for name, value in numbers.items()}
    if "channel" in numbers:
        spoken["channel"] = _CHANNELS[numbers["channel"]][place]
    return spoken


def _number(value: Any, language: str) -> str:
    """Whole numbers plain; decimal point in Spanish and English (Peru, Mexico), comma in Portuguese."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    whole = float(value).is_integer()
    text = f"{value:,.0f}" if whole or abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2g}"
    return text if language != "pt" else text.translate(str.maketrans(",.", ".,"))
