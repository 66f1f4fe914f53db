"""An offer in one sentence, in the debtor's language; figures are its terms, so no personal data is needed."""

from __future__ import annotations

from typing import Final

from recobro_models.decision.strategies.form import Offer

#: By kind: Spanish, Portuguese, English.
_SENTENCES: Final = {
    "payment_plan": {
        "es": "Si le acomoda, puede pagar en {instalments} partes, una cada {every_days} días.",
        "pt": "Se preferir, é possível pagar em {instalments} parcelas, uma a cada {every_days} dias.",
        "en": "If it suits you, you can pay in {instalments} parts, one every {every_days} days.",
    },
    "discount": {
        "es": "Si paga el total en los próximos {valid_days} días, tiene {percent} % de descuento.",
        "pt": "Pagando o total nos próximos {valid_days} dias, há {percent} % de desconto.",
        "en": "If you pay in full within {valid_days} days, you get {percent} % off.",
    },
}


def offer_text(offer: Offer, language: str) -> str:
    """The sentence for `es`, `pt` or `en`."""
    share = 100 * (offer.discount or 0.0)
    percent = f"{share:.1f}".removesuffix(".0")
    percent = percent.replace(".", ",") if language == "pt" else percent
    return _SENTENCES[offer.kind][language].format(**{**offer.model_dump(), "percent": percent})
