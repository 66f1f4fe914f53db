"""The sentences of reasons of the decision, and of the constraint that decided."""

from __future__ import annotations

from typing import Final

#: By code: Spanish, Portuguese, English.
DECISION: Final[dict[str, tuple[str, str, str]]] = {
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
