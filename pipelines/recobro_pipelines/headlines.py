"""What the figures say, a sentence each: what a manager reads before the plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from recobro_pipelines.debtor_words import code_word
from recobro_pipelines.kpi_sums import BUCKETS
from recobro_pipelines.report_words import number_words, share_words

Kpis = Mapping[str, Any]

#: Fewer debtors in a bucket, or calls in an hour, say more about chance than about the bucket or hour.
_FEWEST: Final = 30


def tell_headlines(kpis: Kpis, language: str) -> list[str]:
    """The sentences that the figures of one scope allow; none is told about what is not known."""
    places = (_collection_period, _past_due, _rolls, _best_hour, _best_channel)
    return [sentence for tell in places for sentence in tell(kpis, language)]


def _collection_period(kpis: Kpis, language: str) -> Iterator[str]:
    known = [row for row in kpis["months"] if row["dso_days"] is not None]
    if len(known) < 2:
        return
    first, last = known[0]["dso_days"], known[-1]["dso_days"]
    numbers = {"first": number_words(first, 1), "last": number_words(last, 1), "months": len(known)}
    if abs(last - first) < 0.05 * first:
        text = {
            "es": "El plazo promedio de cobranza se mantiene cerca de {last} días en {months} meses.",
            "pt": "O prazo médio de recebimento se mantém perto de {last} dias em {months} meses.",
            "en": "The average collection period stays near {last} days over {months} months.",
        }
    else:
        verbs = {"es": ("subió", "bajó"), "pt": ("subiu", "caiu"), "en": ("rose", "fell")}[language]
        numbers["verb"] = verbs[0] if last > first else verbs[1]
        text = {
            "es": "El plazo promedio de cobranza {verb} de {first} a {last} días en {months} meses.",
            "pt": "O prazo médio de recebimento {verb} de {first} a {last} dias em {months} meses.",
            "en": "The average collection period {verb} from {first} to {last} days over {months} months.",
        }
    yield text[language].format(**numbers)


def _past_due(kpis: Kpis, language: str) -> Iterator[str]:
    amount, oldest = kpis["past_due_share_by_amount"], kpis["ageing"][BUCKETS[-1]]["amount"]
    if amount is None or not kpis["overdue_balance"] or oldest is None:
        return
    text = {
        "es": "Está vencido el {share} del saldo; de lo vencido, el {old} tiene más de 90 días.",
        "pt": "Está vencido {share} do saldo; do vencido, {old} tem mais de 90 dias.",
        "en": "{share} of the balance is past due; of that, {old} is over 90 days old.",
    }
    old = share_words(oldest / kpis["overdue_balance"], 0)
    yield text[language].format(share=share_words(amount, 0), old=old)


def _rolls(kpis: Kpis, language: str) -> Iterator[str]:
    rates, n = kpis["roll_rate_by_count"], kpis["debtors_by_bucket"]
    late = {was: rates[was] for was in BUCKETS[1:-1] if n[was] >= _FEWEST and rates[was] is not None}
    if not late:
        return
    worst = max(late, key=late.__getitem__)
    text = {
        "es": "En el mes, el {rate} de los deudores de {bucket} días pasó a un tramo peor; se puso al día el {cured} "
        "de todos los vencidos.",
        "pt": "No mês, {rate} dos devedores de {bucket} dias passou a uma faixa pior; {cured} de todos os vencidos "
        "voltou a ficar em dia.",
        "en": "In the month, {rate} of debtors at {bucket} days moved to a worse bucket; {cured} of all past due came "
        "back to current.",
    }
    yield text[language].format(rate=share_words(late[worst], 0), bucket=worst, cured=share_words(kpis["cure_rate"], 0))


def _best_hour(kpis: Kpis, language: str) -> Iterator[str]:
    hours = {hour: seen for hour, seen in kpis["contact_rate_by_hour"].items() if seen["n"] >= _FEWEST}
    if len(hours) < 3:
        return
    best = max(hours, key=lambda hour: hours[hour]["low"])
    others = [seen for hour, seen in hours.items() if hour != best]
    rest = sum(seen["rate"] * seen["n"] for seen in others) / sum(seen["n"] for seen in others)
    if hours[best]["low"] > rest:
        text = {
            "es": "Las llamadas encuentran más al deudor a las {hour}:00: {rate}, contra {rest} en las demás horas.",
            "pt": "As ligações encontram mais o devedor às {hour}:00: {rate}, contra {rest} nas demais horas.",
            "en": "Calls find the debtor most at {hour}:00: {rate}, against {rest} at other hours.",
        }
    else:
        text = {
            "es": "Ninguna hora de llamada se distingue con claridad de las demás ({rest} de contacto).",
            "pt": "Nenhuma hora de ligação se distingue com clareza das demais ({rest} de contato).",
            "en": "No hour of calling stands out clearly from the others ({rest} contact).",
        }
    yield text[language].format(hour=best, rate=share_words(hours[best]["rate"]), rest=share_words(rest))


def _best_channel(kpis: Kpis, language: str) -> Iterator[str]:
    seen = {name: row for name, row in kpis["contact_rate_by_channel"].items() if row["n"] >= _FEWEST}
    if len(seen) < 2:
        return
    best = max(seen, key=lambda name: seen[name]["rate"])
    text = {
        "es": "El canal que más contacta es {channel}: {rate} de sus gestiones.",
        "pt": "O canal que mais contata é {channel}: {rate} de seus acionamentos.",
        "en": "The channel that reaches most is {channel}: {rate} of its attempts.",
    }
    yield text[language].format(channel=code_word(best, language), rate=share_words(seen[best]["rate"]))
