"""The sentences of reasons of the risk model."""

from __future__ import annotations

from typing import Final

#: By code: Spanish, Portuguese, English.
RISK: Final[dict[str, tuple[str, str, str]]] = {
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
