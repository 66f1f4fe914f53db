"""What `recobro models` tells of versions: one whole, two side by side, and what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from recobro_models.measure_words import PARTS, name_measure, order_measures, part_of, tell_better
from recobro_models.promotion import told_of_tags
from recobro_models.registry import Registry, Version

#: The document that people read first.
CARD: Final = "model_card.html"


def tell_version(registry: Registry, version: Version) -> dict[str, Any]:
    """Everything that the registry knows of a version but the model itself."""
    return {
        **tell_short(version),
        "data": version.tags.get("data"),
        "rules": [told._asdict() for told in told_of_tags(version.tags)],
        "metrics": dict(sorted(version.metrics.items())),
        "parameters": dict(sorted(version.parameters.items())),
        "files": version.digests(),
        "documents": list(version.documents),
        "card": registry.place_of(version, CARD) if CARD in version.documents else None,
    }


def tell_short(version: Version) -> dict[str, Any]:
    """Which version it is."""
    return {
        "version": version.label, "model": version.model, "number": version.number, "aliases": list(version.aliases),
        "kind": version.tags.get("kind"), "as_of": version.tags.get("as_of"), "verdict": version.tags.get("verdict"),
    }  # fmt: skip


def tell_comparison(a: Version, b: Version) -> dict[str, Any]:
    """The measures of two versions with what `b` has more than `a` and which is `better`, and the parameters that
    differ.

    `same_rows` is false where the two were tried as of other days or on other data: then a difference of measures is
    also one of rows.
    """
    names = order_measures(sorted({*a.metrics, *b.metrics}))
    return {
        "a": tell_short(a),
        "b": tell_short(b),
        "same_rows": all(a.tags.get(name) == b.tags.get(name) for name in ("as_of", "data")),
        "measures": [_side_by_side(name, a.metrics, b.metrics) for name in names],
        "parameters": [
            {"parameter": name, "a": a.parameters.get(name), "b": b.parameters.get(name)}
            for name in sorted({*a.parameters, *b.parameters})
            if a.parameters.get(name) != b.parameters.get(name)
        ],
    }


def build_measures(metrics: Mapping[str, float]) -> list[dict[str, Any]]:
    """One row a measure in words, one column for each of `PARTS` that any of them was taken on."""
    known = {part_of(name): value for name, value in metrics.items()}
    parts = [part for part in PARTS if any(part == own for own, _ in known)]
    names = order_measures(measure for _, measure in known)
    return [
        {"measure": name_measure(name), **{PARTS[part]: known.get((part, name)) for part in parts}} for name in names
    ]


def tell_in_force(registry: Registry, model: str) -> dict[str, Any]:
    """The champion and what a rollback would return to."""
    former = registry.former(model)
    return {"model": model, "champion": registry.champion(model).label, "former": former.label if former else None}


def _side_by_side(name: str, a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, Any]:
    more, better = (b[name] - a[name], tell_better(name, a[name], b[name])) if name in a and name in b else (None, None)
    return {"measure": name, "a": a.get(name), "b": b.get(name), "difference": more, "better": better}
