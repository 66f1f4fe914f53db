"""The record of what a plan was made from, and the id that seals it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from typing import Any, Final

from recobro_data.kept_settings import keep_settings
from recobro_data.store.inputs import PlanInputs, digest_of, seal_of
from recobro_models.decision.worklist import Signature
from recobro_models.versions import DIGESTS
from recobro_pipelines.plan_means import POLICY, Means

#: Libraries whose numbers go into a plan.
_LIBRARIES: Final = (
    "recobro",
    "numpy",
    "pandas",
    "scipy",
    "numba",
    "lightgbm",
    "duckdb",
    "ibis-framework",
    "highspy",
    "holidays",
    "tzdata",
)


def record_inputs(means: Means, as_of: date) -> PlanInputs:
    """What a plan of that day is made from, as it is stored beside the plan."""
    models = means.champions.versions
    document = {
        "as_of": as_of.isoformat(), "data": means.lake.version, "rules": means.rulebook.version, "policy": POLICY,
        "models": {model: [one.label, one.tags[DIGESTS["model"]]] for model, one in models.items()},
        "settings": keep_settings(means.settings),
        "files": {name: digest_of(text) for name, text in means.files.items()}, "recobro": version("recobro"),
    }  # fmt: skip
    return PlanInputs(document=document, recorded_at=means.recorded_at, made_with=made_with(), files=means.files)


def sign(inputs: PlanInputs, plan_id: str | None = None) -> Signature:
    """What stands on every row of the plan that is made from these; its id follows from them where none is given."""
    document = inputs.document
    labels: Mapping[str, Any] = {model: label for model, (label, _) in document["models"].items()}
    as_of = date.fromisoformat(document["as_of"])
    return Signature(
        plan_id or plan_id_of(inputs), as_of, labels["risk"], labels["contact"], labels["effect"], document["rules"]
    )


def plan_id_of(inputs: PlanInputs) -> str:
    """The day, and a digest of what the plan is made from."""
    return f"{date.fromisoformat(inputs.document['as_of']):%Y%m%d}-{seal_of(inputs.document)[:12]}"


def made_with() -> dict[str, str]:
    """The versions of Python and of the libraries that compute a plan, and the machine's kind."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), "machine": platform.machine(), **libraries}
