"""An export under a mapping loads as the canonical tables do; under pseudonyms no id is in any file."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.settings import Engine, Ingest, Privacy, Settings
from recobro_data.vocabulary import CHANNELS, OUTCOMES

_FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_COLUMNS = {
    "debtors": ("debtor_id", "country"),
    "charges": ("charge_id", "debtor_id", "due_on", "amount", "currency"),
    "payments": ("payment_id", "account_id", "paid_on", "amount"),
    "contact_attempts": ("attempt_id", "debtor_id", "channel", "attempted_at", "outcome"),
}
_written = st.text(st.characters(categories=("L", "N"), codec="utf-8"), min_size=1, max_size=8)
_code = st.text(st.characters(categories=("Lu",), codec="ascii"), min_size=2, max_size=4).filter("*".__ne__)


def rows_of(channels: Sequence[str], outcomes: Sequence[str], ids: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    instants = [f"2026-03-{1 + i % 28:02}T15:00:00+00:00" for i in range(len(channels))]
    attempts = zip(channels, instants, outcomes, strict=False)
    return {
        "debtors": [(one, "PE") for one in ids],
        "charges": [(f"c{i}", one, f"2026-02-{1 + i:02}", f"{10 * i + 1}.50", "PEN") for i, one in enumerate(ids)],
        "payments": [("p1", ids[0], "2026-02-20", "5.00")],
        "contact_attempts": [(f"g{i}", ids[i % len(ids)], *one) for i, one in enumerate(attempts)],
    }


def write(folder: Path, name: str, header: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([list(header), *rows])


def load(home: Path, source: Path, **privacy: Any) -> LoadReport:
    inside = Settings(
        home=home, engine=Engine(partitions=2, threads=1), ingest=Ingest(max_bad_share=1), privacy=Privacy(**privacy)
    )
    return load_source(str(source), inside, validate=lambda *_: home / "unchecked.html")


def version(home: Path) -> str:
    return Lake(home / "data" / "lake").version


@_FEW
@given(
    attempts=st.lists(st.tuples(st.sampled_from(CHANNELS), st.sampled_from(OUTCOMES)), min_size=1, max_size=8),
    names=st.lists(_written, min_size=18, max_size=18, unique_by=str.casefold),
    codes=st.lists(_code, min_size=15, max_size=15, unique=True),
)
def test_an_export_under_its_mapping_loads_as_the_canonical_tables_do(
    attempts: list[tuple[str, str]], names: list[str], codes: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows = rows_of(*zip(*attempts, strict=True), ids=("K1", "K2", "K3"))
        meant = dict(zip((*CHANNELS, *OUTCOMES), codes, strict=True))
        write_export(folder / "export", rows, iter(names), meant)
        for table, columns in _COLUMNS.items():
            write(folder / "canonical", table, columns, rows[table])
        for name in ("export", "canonical"):
            report = load(folder / f"of {name}", folder / name)
            assert all(count.loaded == count.read for count in report.tables.values())
        assert version(folder / "of export") == version(folder / "of canonical")


def write_export(folder: Path, rows: dict[str, list[tuple[str, ...]]], names: Any, codes: dict[str, str]) -> None:
    """The same rows under other names and codes, without the columns that are the same everywhere, and its mapping."""
    lines = []
    for number, (table, columns) in enumerate(_COLUMNS.items()):
        kept = [place for place, column in enumerate(columns) if column not in ("country", "currency")]
        header = [f"x{next(names)}" for _ in kept]
        pairs = zip(header, kept, strict=True)
        write(
            folder, f"t{number}", header, [[codes.get(row[place], row[place]) for place in kept] for row in rows[table]]
        )
        lines += [f"[{table}]", f'from = "t{number}"', f"[{table}.columns]"]
        lines += [f"{json.dumps(written, ensure_ascii=False)} = '{columns[place]}'" for written, place in pairs]
    lines += ["[debtors.constants]", "country = 'PE'", "[charges.constants]", "currency = 'PEN'"]
    for column, closed in (("channel", CHANNELS), ("outcome", OUTCOMES)):
        lines += [f"[contact_attempts.values.{column}]", *(f"{codes[one]} = '{one}'" for one in closed)]
    (folder / "mapping.toml").write_text("\n".join(lines), encoding="utf-8")


@_FEW
@given(ids=st.lists(st.from_regex(r"[A-Z][0-9]{7}", fullmatch=True), min_size=3, max_size=6, unique=True))
def test_equal_ids_stay_equal_and_no_file_of_the_workspace_holds_one(ids: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for table, rows in rows_of(["call"] * 4, ["read"] * 3 + ["nonsense"], ids).items():
            write(folder / "source", table, (*_COLUMNS[table], "nota"), [(*row, row[1]) for row in rows])
        with (folder / "source" / "charges.csv").open("a") as file:
            file.write(f"torn,{ids[0]},1,2,3,4,5,6,7,8,9\n")
        report = load(folder / "home", folder / "source", pseudonymise=("debtor_id", "account_id"), key="k" * 40)
        assert report.tables["contact_attempts"].loaded == 3
        told = "\n".join(text_of(path) for path in (folder / "home").rglob("*") if path.is_file())
        assert not any(one in told for one in ids)
        debtors = duckdb.read_parquet(Lake(folder / "home" / "data" / "lake").paths("debtors")).select("debtor_id")
        assert len(set(debtors.fetchall())) == len(ids)


def text_of(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(duckdb.read_parquet(str(path)).select("COLUMNS(*)::VARCHAR").fetchall())
    return path.read_bytes().decode("utf-8", "replace")
