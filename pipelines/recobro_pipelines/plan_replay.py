"""A published plan made again from what was stored with it, and held byte by byte against what was published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from recobro_data.contact_rules import Rulebook, rules_in_force
from recobro_data.errors import RecobroError
from recobro_data.kept_settings import restore_settings
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_data.store.inputs import PlanInputs
from recobro_data.store.records import Comparison
from recobro_models.registry import Registry
from recobro_models.versions import DIGESTS, Version
from recobro_pipelines.plan import build_day, build_plan
from recobro_pipelines.plan_means import POLICY, Champions, Means, read_models, rules_in
from recobro_pipelines.plan_record import made_with, plan_id_of, sign
from recobro_pipelines.progress import SILENT, Steps

_T = TypeVar("_T")


@dataclass(frozen=True)
class Replayed:
    """What a replay came to.

    missing: a sentence for each part of what the plan was made from that is gone or altered; then nothing is compared.
    elsewhere: what it is made with now and was not then, as `name then -> now`; it may be why bytes differ.
    """

    plan_id: str
    missing: tuple[str, ...]
    elsewhere: tuple[str, ...]
    comparison: Comparison | None = None

    @property
    def is_identical(self) -> bool:
        """Whether the plan came out as it was published, to the byte."""
        return self.comparison is not None and self.comparison.is_identical

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        found = self.comparison or Comparison()
        counts = {name: dict(getattr(found, name)) for name in ("same", "changed", "missing", "beyond")}
        return {
            "plan_id": self.plan_id, "identical": self.is_identical, "missing": list(self.missing),
            "made_with_other": list(self.elsewhere), "rows": counts,
            "differences": [asdict(one) for one in found.differences],
        }  # fmt: skip


def replay_plan(settings: Settings, store: Store, plan_id: str, *, steps: Steps = SILENT) -> Replayed:
    """Make a published plan again with its own settings, rules, models and data, and compare it with what is stored.

    What the workspace is set to now changes nothing, except where its lake and registry lie.

    Raises:
        NoPlanError: no such plan.
        NotKeptError: nothing was kept of what it was made from.
    """
    steps.start("what it was made from")
    inputs = store.records.inputs(plan_id)
    with restored(settings, inputs, plan_id) as (means, missing):
        told = Replayed(plan_id, tuple(missing), _elsewhere(inputs))
        if means is None or missing:
            return told
        day = build_day(means, date.fromisoformat(inputs.document["as_of"]), steps)
        plan = build_plan(day, means, sign(inputs, plan_id), steps)
        steps.start("comparison")
        return replace(told, comparison=store.records.compare(plan))


@contextmanager
def restored(settings: Settings, inputs: PlanInputs, plan_id: str) -> Iterator[tuple[Means | None, list[str]]]:
    """What a plan was made from as it was then, and a sentence for each part that is gone or altered."""
    found = _Found(settings, inputs)
    with TemporaryDirectory(prefix="recobro-replay-") as folder:
        found.check_seal(plan_id)
        found.put_back(Path(folder))
        yield found.means(Path(folder)), found.missing


class _Found:
    """What is found of a plan's inputs, and what is not."""

    def __init__(self, settings: Settings, inputs: PlanInputs) -> None:
        self._settings, self._inputs = settings, inputs
        self._document = inputs.document
        self.missing: list[str] = []

    def means(self, folder: Path) -> Means | None:
        """Everything that the plan followed from, its files in `folder`; None where a part is gone."""
        settings, lake, champions = self.attempt(self.settings), self.attempt(self.lake), self.attempt(self.champions)
        rulebook = self.attempt(partial(self.rules, settings, folder)) if settings else None
        if settings is None or lake is None or rulebook is None or champions is None:
            return None
        return Means(settings, lake, rulebook, champions, self._inputs.files, self._inputs.recorded_at)

    def attempt(self, look: Callable[[], _T]) -> _T | None:
        """What is found, or None and a sentence that says what is not."""
        try:
            return look()
        except RecobroError as error:
            self.missing.append(str(error))
            return None

    def check_seal(self, plan_id: str) -> None:
        """Whether the record is the one that the plan's id was made of, and the policy is the one that decides here."""
        sealed = plan_id_of(self._inputs)
        if sealed != plan_id:
            self.missing.append(f"The stored record of what {plan_id} was made from was altered: it makes {sealed}.")
        if self._document["policy"] != POLICY:
            self.missing.append(f"It was decided by {self._document['policy']}, and this recobro decides by {POLICY}.")

    def put_back(self, folder: Path) -> None:
        """Write the plan's files into a folder; those that are gone or altered are told."""
        for name in self._document["files"]:
            if name not in self._inputs.files:
                self.missing.append(f"The stored file {name} is gone or altered.")
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(self._inputs.files[name], encoding="utf-8")

    def settings(self) -> Settings:
        """The plan's settings; where things lie and how much the machine may take are the workspace's."""
        return restore_settings(self._document["settings"], self._settings)

    def lake(self) -> Lake:
        """The lake as it stood."""
        lake = Lake(self._settings.lake_dir, self._inputs.recorded_at)
        if lake.version != self._document["data"]:
            gone = f"; {lake.n_forgotten:,} debtors were forgotten for good" if lake.n_forgotten else ""
            raise RecobroError(
                f"data {self._document['data']} as of {self._inputs.recorded_at.isoformat()}",
                f"{lake.version}{gone}", "What `recobro forget` removed does not come back.",
            )  # fmt: skip
        return lake

    def rules(self, settings: Settings, folder: Path) -> Rulebook:
        """The contact rules that were put back, as the plan's settings change them."""
        rulebook = rules_in_force(settings, rules_in(folder))
        if rulebook.version != self._document["rules"]:
            raise RecobroError(f"contact rules {self._document['rules']}", rulebook.version, _other(self._document))
        return rulebook

    def champions(self) -> Champions | None:
        """The models of the recorded versions."""
        registry = Registry(self._settings)
        recorded: Mapping[str, tuple[str, str]] = self._document["models"]
        there: dict[str, Version] = {}
        for model, (label, digests) in recorded.items():
            version = self.attempt(partial(_version, registry, model, label, digests))
            there |= {model: version} if version else {}
        return read_models(registry, there) if len(there) == len(recorded) else None


def _version(registry: Registry, model: str, label: str, digests: str) -> Version:
    version = registry.find(model, label.rpartition("/")[2])
    if version.tags.get(DIGESTS["model"]) != digests:
        raise RecobroError(f"{label} with the files it had", "others", "Put the registry back from a backup.")
    return version


def _other(document: Mapping[str, Any]) -> str:
    return f"Replay it with recobro {document['recobro']}, which made it."


def _elsewhere(inputs: PlanInputs) -> tuple[str, ...]:
    now, then = made_with(), inputs.made_with
    return tuple(f"{name} {then[name]} -> {now[name]}" for name in then if name in now and then[name] != now[name])
