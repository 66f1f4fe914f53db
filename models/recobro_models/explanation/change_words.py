"""Sentences of what changed since an earlier day: one a number, both days' values in it."""

from __future__ import annotations

from typing import Final

#: Name of each number that a change is told by: (Spanish, Portuguese, English).
_NUMBERS: Final[dict[str, tuple[str, str, str]]] = {
    "n_late15_of_last6": (
        "Cuotas con más de 15 días de atraso, de las últimas 6",
        "Parcelas com mais de 15 dias de atraso, das últimas 6",
        "Charges more than 15 days late, of the last 6",
    ),
    "n_late5_of_last6": (
        "Cuotas con 5 o más días de atraso, de las últimas 6",
        "Parcelas com 5 ou mais dias de atraso, das últimas 6",
        "Charges 5 or more days late, of the last 6",
    ),
    "worst_days_late_365d": (
        "Su mayor atraso del último año, en días",
        "Seu maior atraso do último ano, em dias",
        "The longest delay of the last year, in days",
    ),
    "mean_days_late_365d": (
        "Su atraso promedio del último año, en días",
        "Seu atraso médio do último ano, em dias",
        "The average delay of the last year, in days",
    ),
    "oldest_days_past_due": (
        "Días desde el vencimiento de su cuota más antigua",
        "Dias desde o vencimento da sua parcela mais antiga",
        "Days since the oldest charge fell due",
    ),
    "n_overdue": ("Cuotas vencidas", "Parcelas vencidas", "Overdue charges"),
    "overdue_amount": ("Deuda vencida, en {currency}", "Dívida vencida, em {currency}", "Overdue debt, in {currency}"),
    "open_amount": ("Deuda total, en {currency}", "Dívida total, em {currency}", "Debt in all, in {currency}"),
    "charge_amount": (
        "Importe de su cuota más antigua, en {currency}",
        "Valor da sua parcela mais antiga, em {currency}",
        "Amount of the oldest charge, in {currency}",
    ),
    "mean_charge_amount": (
        "Importe promedio de sus cuotas, en {currency}",
        "Valor médio das suas parcelas, em {currency}",
        "Average amount of the charges, in {currency}",
    ),
    "charge_paid_percent": (
        "Pagado de su cuota más antigua, en %",
        "Pago da sua parcela mais antiga, em %",
        "Paid of the oldest charge, in %",
    ),
    "charge_term_days": (
        "Plazo de su cuota más antigua, en días",
        "Prazo da sua parcela mais antiga, em dias",
        "Days to pay of the oldest charge",
    ),
    "days_since_last_payment": (
        "Días desde su último pago",
        "Dias desde o seu último pagamento",
        "Days since the last payment",
    ),
    "n_payments_90d": (
        "Pagos de los últimos 90 días",
        "Pagamentos dos últimos 90 dias",
        "Payments of the last 90 days",
    ),
    "month_end_percent": (
        "De sus pagos, a fin de mes, en %",
        "Dos seus pagamentos, no fim do mês, em %",
        "Of the payments, at the end of the month, in %",
    ),
    "mid_month_percent": (
        "De sus pagos, a mediados de mes, en %",
        "Dos seus pagamentos, em meados do mês, em %",
        "Of the payments, in the middle of the month, in %",
    ),
    "n_broken_365d": (
        "Promesas de pago incumplidas en el último año",
        "Promessas de pagamento descumpridas no último ano",
        "Broken promises to pay in the last year",
    ),
    "n_kept_365d": (
        "Promesas de pago cumplidas en el último año",
        "Promessas de pagamento cumpridas no último ano",
        "Kept promises to pay in the last year",
    ),
    "n_promises_365d": (
        "Promesas de pago del último año",
        "Promessas de pagamento do último ano",
        "Promises to pay in the last year",
    ),
    "n_charges_365d": (
        "Cuotas que vencieron en el último año",
        "Parcelas que venceram no último ano",
        "Charges that fell due in the last year",
    ),
    "n_reached_180d": (
        "Intentos de contacto respondidos en 180 días",
        "Tentativas de contato respondidas em 180 dias",
        "Contact attempts answered in 180 days",
    ),
    "n_attempts_180d": (
        "Intentos de contacto en 180 días",
        "Tentativas de contato em 180 dias",
        "Contact attempts in 180 days",
    ),
}
#: Topics that no number tells.
_TOPICS: Final[dict[str, tuple[str, str, str]]] = {
    "segment": ("Su producto y cartera", "Seu produto e carteira", "The product and portfolio"),
    "calendar": (
        "La fecha de vencimiento y los días que siguen",
        "A data de vencimento e os próximos dias",
        "The due date and the coming days",
    ),
}
_Sentences = tuple[str, str, str]
_MOVED: Final[_Sentences] = (
    ": hace {days_before} días {then}, hoy {now}",
    ": há {days_before} dias {then}, hoje {now}",
    ": {days_before} days ago {then}, today {now}",
)
#: The number is the same, its weight is not: because of what else changed.
_STAYED: Final[dict[str, _Sentences]] = {
    "more": (
        ": {now}, como hace {days_before} días; hoy pesa más en su contra",
        ": {now}, como há {days_before} dias; hoje pesa mais contra",
        ": {now}, as {days_before} days ago; today it speaks more against paying",
    ),
    "less": (
        ": {now}, como hace {days_before} días; hoy pesa más a su favor",
        ": {now}, como há {days_before} dias; hoje pesa mais a favor",
        ": {now}, as {days_before} days ago; today it speaks more for paying",
    ),
}
_WEIGHS: Final[dict[str, _Sentences]] = {
    "more": (
        ": hoy más en su contra que hace {days_before} días",
        ": hoje mais contra do que há {days_before} dias",
        ": speaks more against paying than {days_before} days ago",
    ),
    "less": (
        ": hoy más a su favor que hace {days_before} días",
        ": hoje mais a favor do que há {days_before} dias",
        ": speaks more for paying than {days_before} days ago",
    ),
}


def _with(subjects: dict[str, _Sentences], ends: dict[str, _Sentences]) -> dict[str, _Sentences]:
    return {
        f"{name}_{way}": (subject[0] + end[0], subject[1] + end[1], subject[2] + end[2])
        for name, subject in subjects.items()
        for way, end in ends.items()
    }


#: Every code of a change with its sentences. `NAME_moved`: the number changed; `NAME_more`, `NAME_less`: it did not,
#: but it raises or lowers the risk more than then.
CHANGES: Final[dict[str, _Sentences]] = {
    **_with(_NUMBERS, {"moved": _MOVED} | _STAYED),
    **_with(_TOPICS, _WEIGHS),
    "nothing_changed": (
        "Sin cambios: igual que hace {days_before} días",
        "Sem mudanças: igual a {days_before} dias atrás",
        "No change: the same as {days_before} days ago",
    ),
    "owed_nothing_then": (
        "Hace {days_before} días no debía nada",
        "Há {days_before} dias não devia nada",
        "{days_before} days ago nothing was owed",
    ),
}
