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
