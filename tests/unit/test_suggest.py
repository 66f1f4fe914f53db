"""The suggested mapping: what headers in three languages and their values give, and that a load takes it."""

from __future__ import annotations

import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recobro_data.errors import SourceRefusedError
from recobro_data.sources.mapping import load_mapping
from recobro_data.sources.suggest import Suggestion, suggest_mapping
from recobro_data.sources.words import fold
from recobro_data.tables import TABLES

SPANISH = {
    "Clientes.csv": "Código Cliente;Nombre;País;Tipo Persona\nK1;Juan Pérez;Perú;Natural\nK2;Ana Soto;Perú;Jurídica\n",
    "Cuotas 2026.csv": "Nro Cuota;Cod. Cliente;F. Vencimiento;Importe;Moneda\nC1;K1;05/02/2026;1.234,50;SOLES\n",
    "pagos.csv": "Nro Operación;Nro Cuota;Fecha Pago;Monto Pagado;Forma de Pago\nP1;C1;07/02/2026;100,00;Efectivo\n",
    "GESTIONES.csv": "id_gestion;cliente;fechaHora;tipo gestión;Resultado;Asesor;Celular\n"
    "1;K1;2026-02-06 10:15:00;LLAMADA;COEF;A1;987654321\n2;K2;2026-02-06 11:15:00;Visita;Tel. malogrado;A1;987654322\n"
    "3;K2;2026-02-07 11:15:00;Visita;XZ9;A1;987654323\n",
    "feriados.csv": "fecha;motivo\n2026-01-01;Año nuevo\n",
}
PORTUGUESE = {
    "sacados.csv": "cod_devedor,UF\nD1,SP\nD2,RJ\n",
    "boletos.csv": "Nosso Número,Sacado,Data de Vencimento,Valor,Data Emissão\nB1,D1,2026-02-05,10.00,2026-01-05\n",
    "pagamentos.csv": "id_pagamento,nosso numero,data_pagamento,valor_pago\nP1,B1,2026-02-07,10.00\n",
    "acordos.csv": "id_acordo,devedor,data_hora,data_acordo,valor_acordo\nA1,D1,2026-02-07 10:00:00,2026-02-20,10.00\n",
}


def write(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


@pytest.fixture
def spanish(tmp_path: Path) -> Suggestion:
    return suggest_mapping(write(tmp_path, SPANISH), {})


def columns_of(suggestion: Suggestion, table: str) -> dict[str, str]:
    return dict(tomllib.loads(suggestion.text)[table]["columns"])


def test_spanish_names_find_their_tables(spanish: Suggestion) -> None:
    given = {table: mapped["from"] for table, mapped in tomllib.loads(spanish.text).items()}
    assert given == {"debtors": "Clientes", "charges": "Cuotas 2026"} | {
        "payments": "pagos",
        "contact_attempts": "GESTIONES",
    }


def test_spanish_headers_find_their_columns(spanish: Suggestion) -> None:
    assert columns_of(spanish, "payments") == {
        "Nro Operación": "payment_id", "Nro Cuota": "charge_id", "Fecha Pago": "paid_on",
        "Monto Pagado": "amount", "Forma de Pago": "method",
    }  # fmt: skip
    assert columns_of(spanish, "contact_attempts") == {
        "id_gestion": "attempt_id", "cliente": "debtor_id", "fechaHora": "attempted_at",
        "tipo gestión": "channel", "Resultado": "outcome", "Asesor": "agent_id",
    }  # fmt: skip


def test_portuguese_headers_find_their_columns(tmp_path: Path) -> None:
    suggestion = suggest_mapping(write(tmp_path, PORTUGUESE), {})
    assert columns_of(suggestion, "charges") == {
        "Nosso Número": "charge_id", "Sacado": "debtor_id", "Data de Vencimento": "due_on",
        "Valor": "amount", "Data Emissão": "issued_on",
    }  # fmt: skip
    assert set(columns_of(suggestion, "promises").values()) == {
        "promise_id",
        "debtor_id",
        "made_at",
        "due_on",
        "amount",
    }


def test_known_codes_are_mapped_and_unknown_ones_told(spanish: Suggestion) -> None:
    values = tomllib.loads(spanish.text)["contact_attempts"]["values"]
    assert values == {"channel": {"LLAMADA": "call", "Visita": "visit"}, "outcome": {"COEF": "right_party"}}
    assert '# "XZ9" = "…"  # unknown: one of failed, no_answer,' in spanish.text


def test_a_guess_is_a_comment_until_somebody_agrees(tmp_path: Path) -> None:
    files = SPANISH | {"GESTIONES.csv": SPANISH["GESTIONES.csv"].replace("XZ9", "Dice que pagará")}
    assert '# "Dice que pagará" = "promise"  # guess' in suggest_mapping(write(tmp_path, files), {}).text


def test_what_is_not_placed_is_told_with_what_it_looks_like(spanish: Suggestion) -> None:
    assert '# not placed: "Celular" (looks like a phone number: it will be dropped)' in spanish.text
    assert '# not placed: "Nombre" (looks like a name: it will be dropped)' in spanish.text
    assert (spanish.unplaced, spanish.missing) == (("feriados",), ())


def test_instants_without_offset_get_the_zone_of_the_country(spanish: Suggestion) -> None:
    assert tomllib.loads(spanish.text)["contact_attempts"]["forms"] == {"attempted_at": "America/Lima"}


def test_every_line_says_how_sure_it_is(spanish: Suggestion) -> None:
    told = [line for line in spanish.text.splitlines() if line.startswith('"')]
    assert all(line.rpartition("  # ")[2].split(",")[0] in ("sure", "likely", "a guess") for line in told)


@pytest.mark.parametrize("files", [SPANISH, PORTUGUESE])
def test_a_suggestion_is_a_mapping_that_is_accepted(tmp_path: Path, files: dict[str, str]) -> None:
    suggestion = suggest_mapping(write(tmp_path, files), {})
    (tmp_path / "mapping.toml").write_text(suggestion.text, encoding="utf-8")
    assert tuple(load_mapping(tmp_path / "mapping.toml").tables) == suggestion.tables


def test_a_required_column_that_is_nowhere_is_asked_for(tmp_path: Path) -> None:
    text = suggest_mapping(write(tmp_path, PORTUGUESE), {}).text
    assert '# country = "…"  # NOT FOUND and required: whose contact rules hold' in text


def test_debtors_that_have_no_list_come_from_the_charges(tmp_path: Path) -> None:
    files = {name: text for name, text in SPANISH.items() if name != "Clientes.csv"}
    debtors = tomllib.loads(suggest_mapping(write(tmp_path, files), {}).text)["debtors"]
    assert debtors["from"] == "Cuotas 2026"
    assert (debtors["columns"], debtors["constants"]) == ({"Cod. Cliente": "debtor_id"}, {"country": "PE"})


def test_a_required_table_that_is_nowhere_is_told(tmp_path: Path) -> None:
    suggestion = suggest_mapping(write(tmp_path, {"pagos.csv": SPANISH["pagos.csv"]}), {})
    assert suggestion.missing == ("debtors", "charges")
    assert "# NOT FOUND: no table looks like `charges`" in suggestion.text


def test_canonical_files_need_no_mapping(tmp_path: Path) -> None:
    for table in TABLES.values():
        header = ",".join(table.names)
        (tmp_path / f"{table.name}.csv").write_text(f"{header}\n", encoding="utf-8")
    assert not suggest_mapping(str(tmp_path), {}).is_needed


def test_a_database_a_workbook_and_parquet_are_looked_at_alike(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as database:
        database.execute("CREATE TABLE cuotas (nro_cuota, cliente, vencimiento, importe)")
        database.execute("INSERT INTO cuotas VALUES ('C1', 'K1', '2026-01-31', 10.5)")
    database.close()
    given = columns_of(suggest_mapping(f"sqlite:///{tmp_path / 's.db'}", {}), "charges")
    write_book(tmp_path / "book" / "libro.xlsx")
    assert columns_of(suggest_mapping(str(tmp_path / "book"), {}), "charges") == given
    (tmp_path / "parquet").mkdir()
    rows = "SELECT 'C1' AS nro_cuota, 'K1' AS cliente, DATE '2026-01-31' AS vencimiento, 10.5 AS importe"
    duckdb.sql(rows).write_parquet(str(tmp_path / "parquet" / "cuotas.parquet"))
    assert columns_of(suggest_mapping(str(tmp_path / "parquet"), {}), "charges") == given


def write_book(path: Path) -> None:
    openpyxl: Any = pytest.importorskip("openpyxl")
    path.parent.mkdir()
    book = openpyxl.Workbook()
    book.active.title = "Cuotas"
    for row in (("nro_cuota", "cliente", "vencimiento", "importe"), ("C1", "K1", "2026-01-31", 10.5)):
        book.active.append(row)
    book.save(path)


def test_latin_1_and_a_packed_file_are_read(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "gestión.csv.gz").write_bytes(gzip.compress(SPANISH["GESTIONES.csv"].encode("cp1252")))
    assert columns_of(suggest_mapping(str(tmp_path), {}), "contact_attempts")["tipo gestión"] == "channel"


@pytest.mark.parametrize("name", ["", "nothing"])
def test_a_source_without_any_table_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceRefusedError, match="found no table at"):
        suggest_mapping(str(tmp_path / name), {})


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Nº Teléfono", "n_telefono"), ("DATA_VENC.", "data_venc"), ("idClienteERP", "id_cliente_erp")],
)
def test_names_fold_to_words(written: str, folded: str) -> None:
    assert fold(written) == folded
