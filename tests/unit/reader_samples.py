"""A small sound portfolio in files, and a load of it without the library that draws the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from recobro_data.ingest.raw import Raw
from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.settings import Engine, Ingest, Settings

DEBTORS = "debtor_id,country,portfolio_id,do_not_contact\nd1,PE,p,no\nd2,PE,p,sí\nd3,PE,q,\n"
CHARGES = "charge_id,debtor_id,due_on,amount\nc1,d1,2026-01-10,1100\nc2,d2,2026-01-20,50.5\nc3,d3,2026-01-30,9.99\n"
PAYMENTS = "payment_id,charge_id,paid_on,amount,method\np1,c1,2026-01-09,100,débito\np2,c2,2026-02-01,20.25,\n"
PORTFOLIO = {"debtors.csv": DEBTORS.encode(), "charges.csv": CHARGES.encode(), "payments.csv": PAYMENTS.encode()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a folder; a value of no bytes leaves the file out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if content:
            (folder / name).write_bytes(content)
    return folder


def rows_of(text: str) -> list[list[Any]]:
    """The cells of a CSV without quotes."""
    return [line.split(",") for line in text.splitlines()]


def write_workbook(path: Path, sheets: Mapping[str, list[list[Any]]]) -> Path:
    """A workbook with these rows."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


class Loaded:
    """What a load of a source did, and what each table looked like before it was checked."""

    def __init__(self, source: Path, home: Path) -> None:
        self.settings = Settings(home=home, engine=Engine(partitions=1, threads=1), ingest=Ingest(max_bad_share=1))
        self.raws: dict[str, Raw] = {}
        self.report: LoadReport = load_source(str(source), self.settings, validate=self._keep)

    def _keep(self, connection: Any, raws: list[Raw], settings: Any, folder: Path) -> Path:
        self.raws = {raw.table: raw for raw in raws}
        return folder / "validation.html"

    @property
    def version(self) -> str:
        return Lake(self.settings.lake_dir).version

    @property
    def notes(self) -> list[str]:
        return [note for raw in self.raws.values() for note in raw.notes]

    def rejected(self) -> list[dict[str, Any]]:
        if self.report.quarantine is None:
            return []
        return [json.loads(line) for line in self.report.quarantine.read_text("utf-8").split("\n")[:-1]]
