"""Events after which contact has to stop, and the reasons on a debtor that tell them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

StopEvent = Literal[
    "opt_out",
    "dispute_open",
    "lawsuit_served",
    "insolvency",
    "represented_by_lawyer",
    "represented_by_adviser",
    "deceased",
    "written_cease_request",
    "breathing_space",
    "bankruptcy",
]

#: Each event in Spanish, Portuguese and English.
EVENT_WORDS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "opt_out": ("el deudor se negó a que lo contacten", "o devedor recusou o contato", "the debtor opted out"),
        "dispute_open": ("hay un reclamo abierto", "há uma contestação aberta", "a dispute is open"),
        "lawsuit_served": ("hay una demanda notificada", "há uma ação judicial citada", "a lawsuit was served"),
        "insolvency": ("el deudor está en insolvencia", "o devedor está em insolvência", "the debtor is insolvent"),
        "represented_by_lawyer": (
            "un abogado representa al deudor", "um advogado representa o devedor", "a lawyer represents the debtor",
        ),
        "represented_by_adviser": (
            "un asesor representa al deudor", "um consultor representa o devedor", "an adviser represents the debtor",
        ),
        "deceased": ("el deudor falleció", "o devedor faleceu", "the debtor has died"),
        "written_cease_request": (
            "el deudor pidió por escrito que cese el contacto", "o devedor pediu por escrito o fim do contato",
            "the debtor asked in writing that contact cease",
        ),
        "breathing_space": (
            "rige una tregua legal del deudor", "vigora uma trégua legal do devedor", "a legal breathing space runs",
        ),
        "bankruptcy": ("el deudor está en quiebra", "o devedor está em falência", "the debtor is bankrupt"),
    }
)  # fmt: skip

#: What `do_not_contact_reason` may say, besides the event's own name, and the events that it tells.
_TOLD_BY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "dispute": ("dispute_open",),
        "legal_representation": ("represented_by_lawyer", "represented_by_adviser"),
        "lawyer": ("represented_by_lawyer",),
        "lawsuit": ("lawsuit_served",),
        "insolvency": ("insolvency", "bankruptcy"),
        "bankruptcy": ("bankruptcy", "insolvency"),
        "death": ("deceased",),
    }
)


def events_told_by(reason: str) -> tuple[str, ...]:
    """The stop events that a reason on a debtor tells; none for a reason such as `vulnerable`.

    Example:
        >>> events_told_by("legal_representation")
        ('represented_by_lawyer', 'represented_by_adviser')
        >>> events_told_by("vulnerable")
        ()
    """
    plain = reason.strip().casefold()
    return _TOLD_BY.get(plain, (plain,) if plain in EVENT_WORDS else ())
