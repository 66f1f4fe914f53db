"""Practices that laws forbid, by the codes of the rule files, in Spanish, Portuguese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PRACTICE_WORDS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "third_parties": ("contactar a terceros", "contatar terceiros", "contacting third parties"),
        "personal_references": (
            "contactar a las referencias personales",
            "contatar as referências pessoais",
            "contacting personal references",
        ),
        "workplace_contact": (
            "contactar en el lugar de trabajo",
            "contatar no local de trabalho",
            "contact at the workplace",
        ),
        "workplace_visit": ("visitar el lugar de trabajo", "visitar o local de trabalho", "visiting the workplace"),
        "home_visit": ("visitar el domicilio", "visitar o domicílio", "visiting the home"),
        "public_exposure": ("exponer la deuda en público", "expor a dívida em público", "exposing the debt in public"),
        "court_lookalike": (
            "usar escritos que parezcan judiciales",
            "usar escritos que pareçam judiciais",
            "papers that look like a court's",
        ),
        "hidden_caller_id": ("llamar con número oculto", "ligar com número oculto", "calling from a hidden number"),
        "contact_point_not_given_by_debtor": (
            "usar un dato de contacto que el deudor no dio",
            "usar um contato que o devedor não forneceu",
            "using a contact point that the debtor did not give",
        ),
        "ask_reason_for_default": (
            "preguntar por qué no se pagó",
            "perguntar por que não se pagou",
            "asking why the debt was not paid",
        ),
        "minors_or_elderly_non_debtors": (
            "tratar con menores o ancianos que no deben",
            "tratar com menores ou idosos que não devem",
            "dealing with minors or elderly people who do not owe",
        ),
        "threats_or_harassment": ("amenazar u hostigar", "ameaçar ou assediar", "threats or harassment"),
        "take_payment_directly": (
            "recibir el pago en lugar del acreedor",
            "receber o pagamento no lugar do credor",
            "taking the payment in the creditor's place",
        ),
        "false_credit_bureau_threat": (
            "amenazar en falso con registros de crédito",
            "ameaçar em falso com cadastros de crédito",
            "false threats of credit registers",
        ),
        "visible_debt_on_envelope": (
            "dejar ver la deuda en el sobre",
            "deixar ver a dívida no envelope",
            "showing the debt on the envelope",
        ),
        "unauthorised_channel": (
            "usar un canal que el deudor no autorizó",
            "usar um canal que o devedor não autorizou",
            "using a channel that the debtor did not authorise",
        ),
        "unconsented_electronic": (
            "usar medios electrónicos sin consentimiento",
            "usar meios eletrônicos sem consentimento",
            "electronic media without consent",
        ),
        "offer_without_promotion_consent": (
            "poner una oferta en un mensaje de cobranza sin consentimiento para promociones",
            "pôr uma oferta em uma mensagem de cobrança sem consentimento para promoções",
            "an offer in a collection message without a consent for promotion",
        ),
    }
)
