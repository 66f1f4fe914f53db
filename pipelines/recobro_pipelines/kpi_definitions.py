"""What each KPI is, in one sentence: `python -m recobro_pipelines.kpi_definitions > docs/kpis.md`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Unit = Literal["days", "share", "money", "count"]


@dataclass(frozen=True)
class Definition:
    """One KPI: its key in the JSON, its unit, its name and the sentence that defines it, in Spanish and English."""

    name: str
    unit: Unit
    title: Mapping[str, str]
    meaning: Mapping[str, str]


def _kpi(name: str, unit: Unit, title: tuple[str, str], meaning: tuple[str, str]) -> Definition:
    languages = ("es", "en")
    return Definition(name, unit, dict(zip(languages, title, strict=True)), dict(zip(languages, meaning, strict=True)))


_ALL: Final = (
    _kpi(
        "balance",
        "money",
        ("Saldo por cobrar", "Balance"),
        (
            "Lo no pagado de todas las cuotas emitidas antes del día, vencidas o no.",
            "Unpaid amount of every charge issued before the day, due or not.",
        ),
    ),
    _kpi(
        "dso_days",
        "days",
        ("Plazo promedio de cobranza (DSO)", "Average collection period (DSO)"),
        (
            "Saldo por cobrar ÷ lo emitido en los últimos 90 días × 90 (o los días de historia, si son menos).",
            "Balance ÷ amount issued in the last 90 days × 90 (or the days of history, where fewer).",
        ),
    ),
    _kpi(
        "best_possible_dso_days",
        "days",
        ("Plazo si nada estuviera vencido", "Best possible DSO"),
        (
            "El mismo cálculo solo con el saldo que aún no vence: lo que las condiciones de crédito ya conceden.",
            "The same with only the balance that is not past due: what the terms of credit already grant.",
        ),
    ),
    _kpi(
        "mean_days_to_pay",
        "days",
        ("Días de emisión a pago", "Days from issue to payment"),
        (
            "De las cuotas pagadas del todo en los últimos 90 días, los días de la emisión al pago, "
            "ponderados por monto.",
            "Of the charges wholly paid in the last 90 days, days from issue to payment, weighted by amount.",
        ),
    ),
    _kpi(
        "age_days_by_amount",
        "days",
        ("Antigüedad de la deuda, por monto", "Age of the debt, by amount"),
        (
            "Días de atraso de las cuotas vencidas abiertas, ponderados por lo que falta pagar.",
            "Days past due of open overdue charges, weighted by what is unpaid.",
        ),
    ),
    _kpi(
        "age_days_by_count",
        "days",
        ("Antigüedad de la deuda, por cuota", "Age of the debt, by count"),
        (
            "Días de atraso promedio de las cuotas vencidas abiertas, cada una con el mismo peso.",
            "Mean days past due of open overdue charges, each counted once.",
        ),
    ),
    _kpi(
        "past_due_share_by_amount",
        "share",
        ("Cartera vencida, por monto", "Share past due, by amount"),
        ("Parte del saldo por cobrar cuya fecha de pago ya pasó.", "Share of the balance whose due date has passed."),
    ),
    _kpi(
        "past_due_share_by_debtor",
        "share",
        ("Cartera vencida, por deudor", "Share past due, by debtor"),
        (
            "De los deudores con alguna cuota abierta, la parte que tiene alguna vencida.",
            "Of the debtors with an open charge, the share with one past due.",
        ),
    ),
    _kpi(
        "collection_effectiveness_index",
        "share",
        ("Índice de efectividad de cobranza (CEI)", "Collection effectiveness index (CEI)"),
        (
            "Del último mes completo: (saldo inicial + emitido − saldo final) ÷ (saldo inicial + emitido − saldo final "
            "no vencido), sin las cuotas anuladas.",
            "Of the last full month: (opening balance + issued − closing balance) ÷ (opening balance + issued − "
            "closing balance not yet due), cancelled charges left out.",
        ),
    ),
    _kpi(
        "recovery_rate",
        "share",
        ("Tasa de recuperación", "Recovery rate"),
        (
            "De lo vencido al empezar el último mes completo, la parte que se cobró hasta su final; "
            "sin las cuotas anuladas.",
            "Of what was past due when the last full month began, the share collected by its end; "
            "cancelled charges left out.",
        ),
    ),
    _kpi(
        "roll_rates",
        "share",
        ("Matriz de rodamiento (roll rates)", "Roll-rate matrix"),
        (
            "Deudores que debían al empezar el último mes completo, por tramo de su cuota abierta más antigua, y el "
            "tramo en que terminaron: por número y por saldo inicial.",
            "Debtors who owed when the last full month began, by the bucket of their oldest open charge, and the "
            "bucket they ended in: by count and by opening balance.",
        ),
    ),
    _kpi(
        "roll_rate_by_count",
        "share",
        ("Pase a peor tramo", "Roll rate"),
        (
            "Parte de los deudores de un tramo que un mes después está en uno peor.",
            "Share of a bucket's debtors found in a worse one a month later.",
        ),
    ),
    _kpi(
        "cure_rate",
        "share",
        ("Tasa de cura", "Cure rate"),
        (
            "De los deudores con algo vencido al empezar el último mes completo, la parte que lo terminó sin nada "
            "vencido; lo anulado no cuenta como cura.",
            "Of the debtors with something past due when the last full month began, the share with nothing past due at "
            "its end; what was cancelled is no cure.",
        ),
    ),
    _kpi(
        "self_cured_share",
        "share",
        ("Curas sin contacto", "Self-cured share"),
        (
            "De los deudores curados en ese mes, la parte a la que ninguna gestión llegó en el mes.",
            "Of the debtors cured in that month, the share whom no attempt reached in it.",
        ),
    ),
    _kpi(
        "worked_share",
        "share",
        ("Clientes gestionados", "Debtors worked"),
        (
            "De los deudores con alguna cuota abierta en los últimos 30 días, la parte con al menos una gestión en "
            "ellos.",
            "Of the debtors with an open charge at some time in the last 30 days, the share with an attempt in them.",
        ),
    ),
    _kpi(
        "attempts_per_debtor_worked",
        "count",
        ("Gestiones por cliente gestionado", "Attempts per debtor worked"),
        (
            "Gestiones de los últimos 30 días ÷ deudores con al menos una.",
            "Attempts of the last 30 days ÷ debtors with at least one.",
        ),
    ),
    _kpi(
        "contact_rate",
        "share",
        ("Tasa de contacto", "Contact rate"),
        (
            "De las gestiones de los últimos 30 días, la parte que llegó al deudor (leída, respondida, titular, "
            "promesa, negativa o baja); por canal, y de las llamadas de los últimos 90 días por hora y día locales, "
            "con intervalo de Wilson al 95 %.",
            "Of the attempts of the last 30 days, the share that reached the debtor (read, replied, right party, "
            "promise, refusal or opt-out); by channel, and of the calls of the last 90 days by local hour and weekday, "
            "with a 95 % Wilson interval.",
        ),
    ),
    _kpi(
        "right_party_contact_rate",
        "share",
        ("Contacto con el titular", "Right-party contact rate"),
        (
            "De las llamadas y visitas de los últimos 30 días que alguien atendió, la parte en que fue el "
            "propio deudor.",
            "Of the calls and visits of the last 30 days that somebody answered, the share where it was the "
            "debtor in person.",
        ),
    ),
    _kpi(
        "promise_rate",
        "share",
        ("Tasa de promesas", "Promise rate"),
        (
            "De las gestiones de los últimos 30 días que llegaron al deudor, la parte que terminó en promesa de pago.",
            "Of the attempts of the last 30 days that reached the debtor, the share that ended in a promise to pay.",
        ),
    ),
    _kpi(
        "kept_promise_rate",
        "share",
        ("Promesas cumplidas", "Kept-promise rate"),
        (
            "De las promesas que vencieron en los últimos 90 días, la parte pagada entera entre el día en que se hizo "
            "y el prometido.",
            "Of the promises that fell due in the last 90 days, the share paid in full between the day they were made "
            "and the day promised.",
        ),
    ),
    _kpi(
        "cost_per_unit_recovered",
        "money",
        ("Costo por unidad recuperada", "Cost per unit recovered"),
        (
            "Costo de las gestiones de los últimos 30 días ÷ lo cobrado en ellos de cuotas ya vencidas; una gestión "
            "sin costo propio lleva el configurado de su canal.",
            "Cost of the attempts of the last 30 days ÷ what was collected in them of charges past due; an attempt "
            "without a cost of its own takes its channel's configured one.",
        ),
    ),
)

#: Every KPI by its key in the JSON, in the order in which the page shows them.
KPI_DEFINITIONS: Final[Mapping[str, Definition]] = MappingProxyType({kpi.name: kpi for kpi in _ALL})

_HEAD: Final = """# KPIs

Generated from `recobro_pipelines/kpi_definitions.py` by `python -m recobro_pipelines.kpi_definitions`; a test holds the
two equal. Every KPI is computed from the canonical tables as they were known at the start of a day, in all and by
portfolio. A month's KPIs compare the books as known at its two ends. Where there is nothing to divide by, or several
currencies meet without rates, the value is null. Shares are of 1 in the JSON.

| key | KPI | unit | definition |
|---|---|---|---|
"""


def build_kpi_page() -> str:
    """The whole of `docs/kpis.md`.

    Example:
        >>> build_kpi_page().splitlines()[0]
        '# KPIs'
    """
    rows = (f"| `{kpi.name}` | {kpi.title['en']} | {kpi.unit} | {kpi.meaning['en']} |" for kpi in _ALL)
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(build_kpi_page())
