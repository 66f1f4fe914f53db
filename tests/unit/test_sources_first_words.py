"""What a user is told whose files have names of their own, and which of their columns is meant as the id."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.unit.reader_samples import PORTFOLIO, rows_of, write_files, write_workbook

from recobro_data.errors import SourceRefusedError
from recobro_data.sources.files import open_source
from recobro_data.sources.suggest import suggest_mapping

CUOTAS = b"Cuota,Cliente,Vencimiento,Importe\nq1,c1,2026-01-31,10\nq2,c2,2026-01-31,10\n"
PAGOS = b"Pago,Cuota,Fecha Pago,Monto\np1,q1,2026-01-31,10\np2,q2,2026-01-31,10\n"


def test_a_workbook_with_other_names_is_told_by_its_sheets(tmp_path: Path) -> None:
    book = write_workbook(tmp_path / "cartera.xlsx", {"Clientes": rows_of("a,b\n"), "Cuotas": rows_of("a,b\n")})
    with pytest.raises(SourceRefusedError, match=r"with the sheets Clientes, Cuotas\. .*--suggest-mapping` writes"):
        open_source(str(book))


def test_a_folder_with_other_names_is_told_by_its_files(tmp_path: Path) -> None:
    write_files(tmp_path, {"cuotas.csv": CUOTAS, "pagos.csv": PAGOS})
    with pytest.raises(SourceRefusedError, match=r"only cuotas, pagos\. At least debtors, charges, payments"):
        open_source(str(tmp_path))


def test_a_folder_of_corrections_is_to_be_loaded_file_by_file(tmp_path: Path) -> None:
    write_files(tmp_path, PORTFOLIO | {"debtors.csv": b""})
    with pytest.raises(SourceRefusedError, match="where the lake holds the rest, load file by file"):
        open_source(str(tmp_path))


def test_a_file_goes_by_its_canonical_name_too(tmp_path: Path) -> None:
    write_files(tmp_path, {"charges.csv": CUOTAS})
    held = frozenset(("debtors", "payments"))
    assert open_source(str(tmp_path / "charges.csv"), held, written_as={"charges": "Cuotas"}).tables() == ("charges",)


@pytest.mark.parametrize(
    ("debtors", "meant"),
    [
        (b"Nombre,DNI,C\xc3\xb3digo,Pais\nAna,45678912,c1,PE\nEva,45678913,c2,PE\n", "Código"),
        (b"Nombre,Nro DNI,Pais\nAna,45678912,PE\nEva,45678913,PE\n", "Nro DNI"),
    ],
)
def test_the_number_of_an_identity_card_is_the_id_only_without_another(
    tmp_path: Path, debtors: bytes, meant: str
) -> None:
    write_files(tmp_path, {"clientes.csv": debtors, "cuotas.csv": CUOTAS, "pagos.csv": PAGOS})
    columns = tomllib.loads(suggest_mapping(str(tmp_path), {}).text)["debtors"]["columns"]
    assert {source for source, one in columns.items() if one == "debtor_id"} == {meant}
