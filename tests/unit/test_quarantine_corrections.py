"""A corrected export, loaded alone: under its mapping, its key and the forms of the source its rows came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.lake_samples import held, no_report, settings_in

from recobro_data.errors import SourceRefusedError
from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.privacy.forget import forget_debtor
from recobro_data.quarantine.rows import Chosen, Quarantine
from recobro_data.sections import Ingest, Privacy
from recobro_data.settings import Settings

MAPPING = """
[debtors]
from = "clientes"
drop = ["obs"]
[debtors.columns]
codigo = "debtor_id"
[debtors.constants]
country = "PE"
[charges]
from = "cuotas"
drop = ["foto"]
[charges.columns]
cuota = "charge_id"
cliente = "debtor_id"
vence = "due_on"
monto = "amount"
[payments]
from = "pagos"
[payments.columns]
pago = "payment_id"
cuota = "charge_id"
fecha = "paid_on"
monto = "amount"
"""
FILES = {
    "mapping.toml": MAPPING,
    "clientes.csv": "codigo,obs\nd1,x\nd2,y\n",
    "cuotas.csv": "cuota;cliente;vence;monto;foto\nc1;d1;31/01/2026;1.100,50;f\nc2;d1;31/02/2026;1.500;f\n"
    "=c3;d2;01/02/2026;-5,00;f\nc4;nadie;02/02/2026;1;f\nc5;d2;03/02/2026;2;f\n",
    "pagos.csv": "pago,cuota,fecha,monto\np1,c1,2026-01-09,100.00\np2,c1,2026-02-30,1\n",
}
MENDED = {"31/02/2026": "28/02/2026", "-5,00": "5,00", "nadie": "d2", "2026-02-30": "2026-02-28"}


class Books:
    """A mapped source and a workspace that has loaded it, and what `recobro quarantine export` wrote of it."""

    def __init__(self, home: Path, privacy: Privacy | None = None, files: Mapping[str, str] = FILES) -> None:
        self.source, self.out = home / "source", home / "out"
        self.source.mkdir()
        for name, text in files.items():
            (self.source / name).write_text(text, encoding="utf-8")
        ingest = Ingest(mapping=str(self.source / "mapping.toml") if "mapping.toml" in files else "", max_bad_share=0.8)
        self.settings = settings_in(home).model_copy(update={"ingest": ingest, "privacy": privacy or Privacy()})
        self.load(self.source)

    def load(self, source: Path) -> LoadReport:
        return load_source(str(source), self.settings, validate=no_report)

    def export(self, change: Callable[[str], str] = str) -> list[Path]:
        paths = list(Quarantine(self.settings).export(Chosen(status="open"), self.out))
        for path in paths:
            path.write_text(change(path.read_text(encoding="utf-8-sig")), encoding="utf-8")
        return paths

    def states(self) -> list[str]:
        return sorted(row["status"] for row in Quarantine(self.settings).rows(Chosen()))


def mend(text: str) -> str:
    for wrong, right in MENDED.items():
        text = text.replace(wrong, right)
    return text


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def charges(settings: Settings) -> list[tuple[Any, ...]]:
    return held(settings, "charges", "charge_id, due_on::VARCHAR, amount::VARCHAR")


def test_mended_rows_are_loaded_file_by_file_and_wait_no_longer(books: Books) -> None:
    for path in books.export(mend):
        books.load(path)
    assert books.states() == ["cleared"] * 4


def test_mended_rows_are_read_in_the_form_of_their_source(books: Books) -> None:
    first, *_ = books.export(mend)
    books.load(first)
    assert ("c2", "2026-02-28", "1500.00") in charges(books.settings)


def test_a_cell_that_a_spreadsheet_would_run_comes_back_without_its_apostrophe(books: Books) -> None:
    first, *_ = books.export(mend)
    assert "'=c3" in first.read_text(encoding="utf-8")
    books.load(first)
    assert ("=c3", "2026-02-01", "5.00") in charges(books.settings)


def test_an_export_may_be_bad_as_a_whole(books: Books) -> None:
    strict = books.settings.ingest.model_copy(update={"max_bad_share": 0.0})
    books.settings = books.settings.model_copy(update={"ingest": strict})
    (first, *_) = books.export()
    assert books.load(first).tables["charges"].quarantined == 3


def test_pseudonyms_in_an_export_are_not_hashed_again(tmp_path: Path) -> None:
    books = Books(tmp_path, Privacy.model_validate({"pseudonymise": ["debtor_id", "account_id"], "key": "k" * 40}))
    first, *_ = books.export(lambda text: text.replace("31/02", "28/02"))
    books.load(first)
    of_c2 = held(books.settings, "charges", "charge_id, debtor_id, account_id")
    assert len({row[1:] for row in of_c2 if row[0] in ("c1", "c2")}) == 1


def test_a_table_alone_needs_only_its_own_part_of_the_mapping(books: Books) -> None:
    (books.source / "pagos.csv").write_text("pago,cuota,fecha,monto\np9,c1,2026-01-10,7.00\n", encoding="utf-8")
    assert books.load(books.source / "pagos.csv").tables["payments"].loaded == 1
    assert Lake(books.settings.lake_dir).rows("payments") == 2


def test_rows_of_sources_that_are_written_differently_are_not_read_as_one(books: Books) -> None:
    (books.source / "cuotas.csv").write_text("cuota,cliente,vence,monto,foto\nc8,d1,2026-02-30,1.500,f\n", "utf-8")
    mapped = books.settings.ingest.model_copy(update={"max_bad_share": 1.0})
    books.settings = books.settings.model_copy(update={"ingest": mapped})
    books.load(books.source)
    first, *_ = books.export(mend)
    with pytest.raises(SourceRefusedError, match=r"loads with `dd/mm/yyyy` and `yyyy-mm-dd`\. Export them"):
        books.load(first)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("due_on", "due_on must be a date written dd/mm/yyyy, as the rest of its column"),
        ("paid_on", "paid_on must be a date written YYYY-MM-DD"),
    ],
)
def test_the_reason_names_the_form_of_the_column(books: Books, column: str, says: str) -> None:
    rows = Quarantine(books.settings).rows(Chosen(rule="type"))
    assert [row["message"] for row in rows if row["column"] == column] == [says]


def test_a_forgotten_debtor_stays_out_of_a_table_that_comes_alone(books: Books) -> None:
    forget_debtor("d1", books.settings)
    (books.source / "pagos.csv").write_text("pago,cuota,fecha,monto\np9,c1,2026-01-10,7.00\n", encoding="utf-8")
    assert books.load(books.source / "pagos.csv").tables["payments"].unchanged == 1
