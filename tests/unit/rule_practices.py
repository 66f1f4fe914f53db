"""What each place forbids at any hour, as its sources and our caution have it: copied out by hand."""

from __future__ import annotations

_OWN = "third_parties workplace_contact workplace_visit public_exposure threats_or_harassment"

FORBIDDEN = {
    "DEFAULT": "third_parties personal_references workplace_contact workplace_visit home_visit public_exposure "
    "court_lookalike hidden_caller_id contact_point_not_given_by_debtor threats_or_harassment "
    "offer_without_promotion_consent",
    "PE": f"{_OWN} court_lookalike contact_point_not_given_by_debtor offer_without_promotion_consent",
    "CO": "personal_references third_parties home_visit workplace_visit ask_reason_for_default unauthorised_channel "
    "threats_or_harassment false_credit_bureau_threat",
    "CL": f"{_OWN} court_lookalike false_credit_bureau_threat",
    "MX": "third_parties personal_references hidden_caller_id court_lookalike public_exposure visible_debt_on_envelope "
    "take_payment_directly minors_or_elderly_non_debtors contact_point_not_given_by_debtor threats_or_harassment",
    "AR": f"{_OWN} court_lookalike",
    "AR-C": f"{_OWN} court_lookalike",
    "EC": f"{_OWN} personal_references hidden_caller_id",
    "BR": f"{_OWN} contact_point_not_given_by_debtor",
    "BR-SP": "",
    "BR-RJ": "third_parties personal_references",
    "BR-ES": "",
    "BR-AM": "",
    "BR-AL": "",
    "DO": "third_parties workplace_contact public_exposure threats_or_harassment",
    "CR": f"{_OWN} personal_references",
    "PA": _OWN,
    "BO": _OWN,
    "UY": _OWN,
    "PY": f"{_OWN} personal_references",
    "GT": f"{_OWN} personal_references",
    "US": "third_parties workplace_contact public_exposure court_lookalike threats_or_harassment "
    "visible_debt_on_envelope",
    "US-MA": "",
    "US-WA": "",
    "US-NYC": "unconsented_electronic",
    "ES": f"{_OWN} court_lookalike",
    "GB": "third_parties public_exposure court_lookalike threats_or_harassment workplace_contact "
    "visible_debt_on_envelope",
    "IN": "third_parties personal_references public_exposure threats_or_harassment hidden_caller_id workplace_contact",
}
