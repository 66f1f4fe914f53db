"""Numbers that name a person or a card, told by their check digits.

Source: for each number the rule of its issuer: SUNAT (RUC), DIAN (NIT), SII (RUT), RENAPO (CURP), SAT (RFC), Receita
Federal (CPF, CNPJ, with letters since 2026), ISO/IEC 7812 (cards).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

_DOTS: Final = re.compile(r"[\s./-]")
_CURP: Final = re.compile(r"[A-Z][AEIOUX][A-Z]{2}\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])[HMX][A-Z]{5}[A-Z0-9]\d")
_RFC: Final = re.compile(r"[A-ZÑ&]{3,4}\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])[A-Z0-9]{2}[A0-9]")
_CURP_ORDER: Final = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_RFC_ORDER: Final = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
_NIT_WEIGHTS: Final = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43)


def is_ruc(text: str) -> bool:
    """Peru, taxpayer: 11 digits.

    Example:
        >>> is_ruc("20100070970"), is_ruc("20100070971")
        (True, False)
    """
    if not re.fullmatch(r"(10|15|16|17|20)\d{9}", text):
        return False
    rest = 11 - _weighed(text[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return rest % 10 == int(text[10])


def is_nit(text: str) -> bool:
    """Colombia, taxpayer, written with its check digit: `800.197.268-4`."""
    found = re.fullmatch(r"(\d{1,3}(?:[.]?\d{3}){2})-(\d)", text)
    if not found:
        return False
    rest = _weighed(_DOTS.sub("", found[1])[::-1], _NIT_WEIGHTS) % 11
    return (rest if rest < 2 else 11 - rest) == int(found[2])


def is_rut(text: str) -> bool:
    """Chile, person or firm: `12.345.678-5`."""
    found = re.fullmatch(r"(\d{1,2}[.]?\d{3}[.]?\d{3})-([\dkK])", text)
    if not found:
        return False
    rest = 11 - _weighed(_DOTS.sub("", found[1])[::-1], (2, 3, 4, 5, 6, 7, 2, 3)) % 11
    return {10: "K", 11: "0"}.get(rest, str(rest)) == found[2].upper()


def is_curp(text: str) -> bool:
    """Mexico, person: 18 letters and digits."""
    text = text.upper()
    if not _CURP.fullmatch(text):
        return False
    total = sum(_CURP_ORDER.index(letter) * (18 - place) for place, letter in enumerate(text[:17]))
    return -total % 10 == int(text[17])


def is_rfc(text: str) -> bool:
    """Mexico, taxpayer: 13 letters and digits of a person, 12 of a firm."""
    text = text.upper()
    if not _RFC.fullmatch(text):
        return False
    total = sum(_RFC_ORDER.index(letter) * (13 - place) for place, letter in enumerate(text[:-1].rjust(12)))
    return {11: "0", 10: "A"}.get(11 - total % 11, str(11 - total % 11)) == text[-1]


def is_cpf(text: str) -> bool:
    """Brazil, person: 11 digits, bare or `123.456.789-09`."""
    if not re.fullmatch(r"\d{3}[.]?\d{3}[.]?\d{3}-?\d{2}", text):
        return False
    bare = _DOTS.sub("", text)
    weights = range(10, 1, -1), range(11, 1, -1)
    return len(set(bare)) > 1 and all(_closes(bare, one, 9 + place) for place, one in enumerate(weights))


def is_cnpj(text: str) -> bool:
    """Brazil, firm: 14 digits or capital letters, the last two digits, bare or `12.345.678/0001-95`."""
    if not re.fullmatch(r"[0-9A-Z]{2}[.]?[0-9A-Z]{3}[.]?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}", text):
        return False
    bare = _DOTS.sub("", text)
    first = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return len(set(bare)) > 1 and _closes(bare, first, 12) and _closes(bare, (6, *first), 13)


def is_card(text: str) -> bool:
    """A bank card: 13 to 19 digits that begin as the large issuers' do and pass Luhn's test."""
    bare = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"[2-6]\d{12,18}", bare):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(bare))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


def _weighed(digits: str, weights: Sequence[int]) -> int:
    """Sum of digit times weight; a letter counts by its place in ASCII behind `0`."""
    return sum((ord(digit) - 48) * weight for digit, weight in zip(digits, weights, strict=False))


def _closes(bare: str, weights: Sequence[int], place: int) -> bool:
    rest = _weighed(bare[:place], weights) % 11
    return (0 if rest < 2 else 11 - rest) == int(bare[place])


#: What each test tells, in the order in which they are asked.
NATIONAL_IDS: Final[dict[str, Callable[[str], bool]]] = {
    "a CURP": is_curp,
    "an RFC": is_rfc,
    "a RUT": is_rut,
    "a NIT": is_nit,
    "a CPF": is_cpf,
    "a CNPJ": is_cnpj,
    "a RUC": is_ruc,
    "a bank card": is_card,
}
