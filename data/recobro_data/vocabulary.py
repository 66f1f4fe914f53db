"""The words of the contract that code compares: channels, outcomes, stages, reasons to leave a debtor alone."""

from __future__ import annotations

from typing import Final

CHANNELS: Final = ("call", "sms", "whatsapp", "email", "visit")
MESSAGES: Final = ("sms", "whatsapp", "email")

OUTCOMES: Final = (
    "failed",
    "no_answer",
    "wrong_party",
    "delivered",
    "read",
    "replied",
    "right_party",
    "promise",
    "refusal",
    "opt_out",
)
#: Outcomes in which the attempt got to the debtor.
REACHED: Final = ("read", "replied", "right_party", "promise", "refusal", "opt_out")

STAGES: Final = ("pre_due", "due_today", "early", "mid", "late", "very_late")
BANDS: Final = ("A", "B", "C", "D", "E")
ARMS: Final = ("best", "explore", "duty")
LANGUAGES: Final = ("es", "pt", "en")

LEFT_ALONE: Final = (
    "do_not_contact",
    "opted_out",
    "no_channel",
    "promise_open",
    "dispute_open",
    "awaiting_payment",
    "frequency_limit",
    "outside_lawful_hours",
    "holiday",
    "control_group",
    "not_worth_cost",
    "no_capacity",
)

#: Money that circulates, without funds, metals, bond units and codes for tests.
#: Source: ISO 4217, list one as SIX maintains it, after Bulgaria took the euro on 1 January 2026.
_CIRCULATING: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF
XPF YER ZAR ZMW ZWG
"""
#: Units in which debts are written that follow prices or wages: Bolivia's, Chile's UF, Colombia's UVR, Mexico's UDI and
#: Uruguay's two.
_INDEXED: Final = "BOV CLF COU MXV UYI UYW"
#: Withdrawn since 2018, but books still hold charges in them: Curaçao, Bulgaria, Cuba, Croatia, Sierra Leone, Venezuela
#: and Zimbabwe.
_WITHDRAWN: Final = "ANG BGN CUC HRK SLL VEF ZWL"
#: Every currency that an amount may have.
CURRENCY_CODES: Final = tuple(sorted(f"{_CIRCULATING} {_INDEXED} {_WITHDRAWN}".split()))
