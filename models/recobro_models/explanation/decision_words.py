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
    "promise_due_today": (
        "Prometió pagar {promise_due_amount} {currency} hoy",
        "Prometeu pagar {promise_due_amount} {currency} hoje",
        "Promised to pay {promise_due_amount} {currency} today",
    ),
    "promise_just_broken": (
        "Su última promesa de pago venció sin pago completo",
        "Sua última promessa de pagamento venceu sem pagamento completo",
        "The last promise to pay fell due and was not kept in full",
    ),
    "limiting_strategy_channels": (
        "Limitante: la estrategia de esta etapa no prevé {channel}",
        "Limitante: a estratégia desta etapa não prevê {channel}",
        "Limiting: the strategy of this stage has no {channel}",
    ),
    "limiting_failed_channel": (
        "Limitante: {channel} rebotó hace poco y se usa otro canal",
        "Limitante: {channel} falhou há pouco e usa-se outro canal",
        "Limiting: {channel} bounced lately, so another channel is used",
    ),
    "limiting_same_hour": (
        "Limitante: a las {hour}:00 ya se le buscó sin respuesta, se prueba otra hora",
        "Limitante: às {hour}:00 já se tentou sem resposta, tenta-se outro horário",
        "Limiting: nobody answered at {hour}:00 lately, so another hour is tried",
    ),
    "limiting_vulnerable": (
        "Limitante: persona en situación vulnerable, se evita {channel}",
        "Limitante: pessoa em situação vulnerável, evita-se {channel}",
        "Limiting: a vulnerable person, so no {channel}",
    ),
    "limiting_message_first": (
        "Limitante: {channel} agrega poco frente a un mensaje",
        "Limitante: {channel} acrescenta pouco em relação a uma mensagem",
        "Limiting: {channel} would add little over a message",
    ),
    "limiting_channel": (
        "Limitante: solo se puede usar {channel}",
        "Limitante: só se pode usar {channel}",
        "Limiting: only {channel} can be used",
    ),
}
