"""The words and numbers of the report's page, in Spanish and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import ceil, floor, log10
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import CHANNELS, LEFT_ALONE
from recobro_pipelines.debtor_words import code_word

#: Languages the page is written in.
PAGE_LANGUAGES: Final = ("es", "en")

#: Thin no-break space: neither a decimal comma nor a decimal point can be read into it.
_THIN: Final = "\u202f"
_MONTHS: Final = MappingProxyType(
    {
        "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
               "noviembre", "diciembre"),
        "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"),
    }
)  # fmt: skip

_PAIRS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "title": ("Informe de cobranza", "Collection report"),
        "known": (
            "Con lo que se sabía al empezar el día; nada posterior entra en el informe.",
            "From what was known when the day began; nothing later enters the report.",
        ),
        "data_version": ("Versión de los datos", "Data version"),
        "models": ("Modelos", "Models"),
        "no_models": ("ninguno entrenado todavía", "none trained yet"),
        "alerts": ("Requiere atención", "Needs attention"),
        "no_alerts": ("Sin alertas: los modelos y los datos se comportan como se espera.",
                      "No alerts: models and data behave as expected."),
        "summary": ("En resumen", "In short"),
        "portfolio_health": ("Cómo está la cartera", "How the portfolio stands"),
        "collected": ("Qué se cobró", "What was collected"),
        "rolls": ("Cómo se movieron los deudores", "How debtors moved"),
        "contact": ("Cuándo y por dónde responden", "When and where debtors answer"),
        "promises": ("Promesas", "Promises"),
        "plan": ("El plan del día", "The day's plan"),
        "quality": ("¿Se puede confiar en los modelos?", "Can the models be trusted?"),
        "by_portfolio": ("Por cartera", "By portfolio"),
        "definitions": ("Cómo se calcula cada indicador", "How each figure is computed"),
        "all": ("Total", "All"),
        "kpi": ("Indicador", "Figure"),
        "definition": ("Definición", "Definition"),
        "not_due": ("Por vencer", "Not yet due"),
        "past_due": ("Vencido", "Past due"),
        "fell_due": ("Venció en el mes", "Fell due in the month"),
        "collected_in": ("Cobrado en el mes", "Collected in the month"),
        "balance_chart": ("Saldo al cierre de cada mes", "Balance at each month's end"),
        "dso_chart": ("Plazo promedio de cobranza al cierre de cada mes, en días",
                      "Average collection period at each month's end, in days"),
        "ageing_chart": ("Saldo por tramo de atraso de la cuota, al día del informe",
                         "Balance by the charge's days past due, on the report's day"),
        "cash_chart": ("Lo que venció y lo que se cobró", "What fell due and what was collected"),
        "roll_chart": ("De cada tramo, dónde terminaron el mes sus deudores",
                       "Of each bucket, where its debtors ended the month"),
        "from_to": ("Al empezar el mes", "When the month began"),
        "debtors": ("Deudores", "Debtors"),
        "channel_chart": ("Contacto por canal, últimos 30 días (línea: intervalo al 95 %)",
                          "Contact by channel, last 30 days (line: 95 % interval)"),
        "hour_chart": ("Contacto de las llamadas por hora local, últimos 90 días",
                       "Contact of calls by local hour, last 90 days"),
        "week_chart": ("Contacto de las llamadas por día y hora, últimos 90 días (casillas con 20 o más llamadas)",
                       "Contact of calls by weekday and hour, last 90 days (cells with 20 calls or more)"),
        "predicted": ("Previsto", "Predicted"),
        "seen": ("Ocurrido", "Seen"),
        "risk_chart": ("Pago en {days} días: previsto contra ocurrido", "Payment in {days} days: predicted and seen"),
        "reach_chart": ("Contacto: previsto contra ocurrido", "Contact: predicted and seen"),
        "drift_chart": ("Cambio de las columnas entre {then} y {now} (índice de estabilidad)",
                        "How far columns moved between {then} and {now} (stability index)"),
        "drift_note": ("Menos de 0.10: sin cambio; de 0.10 a 0.25: vigilar; más de 0.25: cambió.",
                       "Below 0.10: no change; 0.10 to 0.25: watch; above 0.25: it moved."),
        "risk_note": (
            "Cada punto es una décima parte de {n} cuotas abiertas al {then}, seguidas hasta su pago o hasta que se "
            "contactó al deudor; sobre la diagonal, lo previsto se cumplió. AUC {auc}, error medio de calibración "
            "{error}.",
            "Each dot is a tenth of {n} charges open on {then}, watched until they were paid or the debtor was "
            "reached; on the diagonal, what was predicted came true. AUC {auc}, mean calibration error {error}."),
        "reach_note": (
            "Cada punto es una décima parte de {n} gestiones de las últimas semanas. AUC {auc}, error medio de "
            "calibración {error}.",
            "Each dot is a tenth of {n} attempts of the last weeks. AUC {auc}, mean calibration error {error}."),
        "no_champion": ("Aún no hay un modelo en uso: `recobro train` entrena el primero.",
                        "No model is in use yet: `recobro train` trains the first one."),
        "no_plan": ("No hay un plan publicado para este día: `recobro plan` lo publica.",
                    "No plan has been published for this day: `recobro plan` publishes one."),
        "no_attempts": ("No hay gestiones registradas en este período.", "No attempts are recorded in this period."),
        "no_months": ("La historia aún no cubre un mes completo.", "The history does not cover a full month yet."),
        "no_rows": ("Aún no hay suficiente historia para medirlo.", "There is not enough history to measure it yet."),
        "actions": ("Gestiones por canal", "Actions by channel"),
        "left_alone": ("Deudores que hoy no se gestionan, y por qué", "Debtors left alone today, and why"),
        "plan_line": (
            "{items} gestiones para {debtors} deudores con deuda; {left} quedan sin gestionar. Valor esperado neto: "
            "{value}.",
            "{items} actions for {debtors} debtors who owe; {left} are left alone. Net expected value: {value}."),
        "cash_weeks_chart": (
            "Cobro esperado de lo ya emitido, por semana: 80 de cada 100 veces en la línea ancha, 95 en la fina",
            "Cash expected from what is issued, by week: 80 times in 100 within the wide line, 95 within the thin one",
        ),
        "cash_weeks_note": (
            "En {weeks} semanas se esperan {expected}, con 95 % de probabilidad entre {low} y {high}, si se gestiona "
            "como hasta ahora; sin lo que se emita después.",
            "In {weeks} weeks {expected} are expected, with 95 % probability between {low} and {high}, if debtors are "
            "worked as they were; without what is issued later.",
        ),
        "promises_line": (
            "De {n} promesas vencidas en los últimos 90 días se cumplió el {rate} (intervalo {low} a {high}); del "
            "monto prometido llegó el {amount}.",
            "Of {n} promises due in the last 90 days, {rate} were kept (interval {low} to {high}); of the amount "
            "promised, {amount} came in."),
        "promise_rate_line": ("De los contactos de los últimos 30 días, el {rate} terminó en promesa.",
                              "Of the contacts of the last 30 days, {rate} ended in a promise."),
        "plan_id": ("Plan", "Plan"),
        "best": ("si nada estuviera vencido: {value}", "if nothing were past due: {value}"),
        "of_balance": ("{overdue} de {balance}", "{overdue} of {balance}"),
        "days": ("{value} días", "{value} days"),
        "last_30": ("últimos 30 días", "last 30 days"),
        "last_90": ("últimos 90 días", "last 90 days"),
        "per_100": ("{value} por cada 100 recuperados", "{value} for every 100 recovered"),
        "interval": ("{low} a {high}", "{low} to {high}"),
        "calls": ("llamadas", "calls"),
        "nobody_promised": ("Ninguna promesa venció en los últimos 90 días.",
                            "No promise fell due in the last 90 days."),
        "no_single_money": (
            "Las carteras están en monedas distintas y no hay tipos de cambio configurados: los montos se muestran "
            "solo por cartera.",
            "Portfolios are in different currencies and no rates are configured: amounts are shown by portfolio only."),
        # -- names of what the contract has codes for
        "nothing_owed": ("Sin deuda", "Nothing owed"), "current": ("Al día", "Current"),
        "cancelled": ("Anulada", "Cancelled"),
        # -- columns whose drift is watched
        "p_unpaid": ("Probabilidad de impago", "Probability of not paying"),
        "charge_amount": ("Monto de la cuota", "Amount of the charge"),
        "charge_days_past_due": ("Días de atraso de la cuota", "Days past due of the charge"),
        "n_open": ("Cuotas abiertas", "Open charges"), "overdue_amount": ("Monto vencido", "Amount past due"),
        "late5_share_365d": ("Pagos con 5+ días de atraso", "Paid 5+ days late"),
        "late30_share_365d": ("Pagos con 30+ días de atraso", "Paid 30+ days late"),
        "mean_days_late_365d": ("Atraso promedio al pagar", "Mean days late"),
        "days_since_last_payment": ("Días desde el último pago", "Days since the last payment"),
        "paid_amount_90d": ("Pagado en 90 días", "Paid in 90 days"),
        "n_attempts_30d": ("Gestiones en 30 días", "Attempts in 30 days"),
        "n_reached_180d": ("Contactos en 180 días", "Contacts in 180 days"),
        "n_broken_365d": ("Promesas rotas en un año", "Promises broken in a year"),
        "product": ("Producto", "Product"), "portfolio": ("Cartera", "Portfolio"), "region": ("Región", "Region"),
    }
)  # fmt: skip

_WEEKDAYS: Final = MappingProxyType(
    {"es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
)


def say(key: str, language: str, **numbers: Any) -> str:
    """The words of a key or of one of the contract's codes; a key without words is its own (bucket names, portfolios).

    Example:
        >>> say("call", "es"), say("61-90", "es")
        ('Llamada', '61-90')
    """
    pair = _PAIRS.get(key)
    text = _code(key, language) if pair is None else pair[PAGE_LANGUAGES.index(language)]
    return text.format(**numbers) if numbers else text


def _code(key: str, language: str) -> str:
    if key not in CHANNELS:
        return code_word(key, language) if key in LEFT_ALONE else key
    word = code_word(key, language)
    return word[0].upper() + word[1:]


def weekday_word(weekday: int, language: str) -> str:
    """A short name of a weekday; Monday is 0."""
    return _WEEKDAYS[language][weekday]


def day_words(day: date, language: str) -> str:
    """A day in words.

    Example:
        >>> day_words(date(2026, 3, 1), "es"), day_words(date(2026, 3, 1), "en")
        ('1 de marzo de 2026', '1 March 2026')
    """
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{day.day} {month} {day.year}"


def month_word(month: str, language: str) -> str:
    """A month of `YYYY-MM` in short, with the year where it begins.

    Example:
        >>> month_word("2026-01", "es"), month_word("2026-03", "es")
        ("ene '26", 'mar')
    """
    year, number = month.split("-")
    short = _MONTHS[language][int(number) - 1][:3]
    return f"{short} '{year[2:]}" if number == "01" else short


def whole_month_words(month: str, language: str) -> str:
    """A month of `YYYY-MM` in words.

    Example:
        >>> whole_month_words("2026-09", "es")
        'septiembre 2026'
    """
    year, number = month.split("-")
    return f"{_MONTHS[language][int(number) - 1]} {year}"


def number_words(value: float | None, digits: int = 0) -> str:
    """A number with thin spaces between thousands and a decimal point; a dash for what is not known.

    Example:
        >>> number_words(3.14159, 2), number_words(None)
        ('3.14', '–')
    """
    return "–" if value is None else f"{value:,.{digits}f}".replace(",", _THIN)


def share_words(value: float | None, digits: int = 1) -> str:
    """A share of 1 in per cent."""
    return "–" if value is None else f"{number_words(100 * value, digits)}{_THIN}%"


def money_words(value: float | None, currency: str | None, language: str) -> str:
    """An amount in thousands or millions, with three figures, and its currency."""
    if not value:
        return "–" if value is None else "0"
    thousand = "mil" if language == "es" else "k"
    size = abs(value)
    scale, unit = (1e6, "M") if size >= 999_500 else (1e3, thousand) if size >= 9_999.5 else (1.0, "")
    digits = 0 if size / scale >= 100 else 1 if size / scale >= 10 else 2
    return _THIN.join(part for part in (currency, number_words(value / scale, digits), unit) if part)


def nice_ticks(most: float, n: int = 4) -> list[float]:
    """About `n` round numbers from 0 to at least `most`.

    Example:
        >>> nice_ticks(0.37), nice_ticks(0)
        ([0.0, 0.1, 0.2, 0.3, 0.4], [0.0, 1.0])
    """
    if most <= 0:
        return [0.0, 1.0]
    raw = most / n
    power = 10.0 ** floor(log10(raw))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= raw * (1 - 1e-9))
    return [round(step * place, 10) for place in range(ceil(most / step - 1e-9) + 1)]
