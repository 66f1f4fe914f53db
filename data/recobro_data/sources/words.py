"""Names of columns and codes as people write them, made comparable: case, accents, blanks and signs fold away."""

from __future__ import annotations

import re
import unicodedata

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SIGNS = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower case without accents, words parted by `_`.

    Example:
        >>> fold("  Nº Teléfono-Móvil "), fold("fechaVencimiento")
        ('n_telefono_movil', 'fecha_vencimiento')
    """
    plain = unicodedata.normalize("NFKD", text.replace("º", " ").replace("°", " "))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _SIGNS.sub("_", _HUMP.sub(" ", bare).lower()).strip("_")


def tokens(text: str) -> frozenset[str]:
    """The words of a folded name."""
    return frozenset(fold(text).split("_")) - {""}
