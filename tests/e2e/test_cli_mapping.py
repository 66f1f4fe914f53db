"""From an export in Spanish to a load: suggest a mapping, mend it, load with it; and from a database by its address."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.e2e.cli_runner import Run, is_one_sentence, lake_rows, recobro

EXPORT = {
    "Cuotas 2026": "Nro Cuota;Cod. Cliente;Nombre;F. Vencimiento;Importe;Moneda\n"
    "C1;K1;Juan Pérez;05/02/2026;1.234,50;SOLES\nC2;K2;María Gómez;15/02/2026;300,00;SOLES\n"
    "C3;K3;Ana Soto;25/02/2026;120,10;SOLES\n",
    "pagos": "Nro Operación,Nro Cuota,Fecha Pago,Monto Pagado\nP1,C1,07/02/2026,100.00\nP2,C2,17/02/2026,300.00\n",
    "GESTIONES": "id_gestion,cliente,fecha_hora,tipo gestión,Resultado\n"
    "1,K1,2026-02-06 10:15:00,LLAMADA,COEF\n2,K2,2026-02-06 11:15:00,WhatsApp,XZ9\n",
}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    for name, text in EXPORT.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def suggested(export: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    path = tmp_path_factory.mktemp("suggested") / "m.toml"
    return recobro(path.parent / "home", "ingest", export, "--suggest-mapping", "-o", path), path


def test_a_suggestion_is_written_and_nothing_is_loaded(suggested: tuple[Run, Path]) -> None:
    run, path = suggested
    assert (run.status, run.out) == (0, "")
    assert f"recobro ingest SOURCE --mapping {path}" in run.err
    assert not (path.parent / "home" / "data").exists()


def test_a_mended_suggestion_loads_the_export(export: Path, suggested: tuple[Run, Path], tmp_path: Path) -> None:
    mapping = tmp_path / "mended.toml"
    mapping.write_text(suggested[1].read_text().replace('# "XZ9" = "…"', 'XZ9 = "no_answer"'))
    told = recobro(tmp_path / "home", "ingest", export, "--mapping", mapping, "--json").told["tables"]
    assert {table: count["loaded"] for table, count in told.items()} == {
        "debtors": 3, "charges": 3, "payments": 2, "contact_attempts": 2,
    }  # fmt: skip


def test_a_suggestion_is_printed_where_no_file_is_named(export: Path, tmp_path: Path) -> None:
    run = recobro(tmp_path / "home", "ingest", export, "--suggest-mapping")
    assert run.out.startswith("# How this source is written")


def test_a_mapping_is_never_written_over(export: Path, suggested: tuple[Run, Path]) -> None:
    run = recobro(suggested[1].parent / "home", "ingest", export, "--suggest-mapping", "-o", suggested[1])
    assert (run.status, is_one_sentence(run.err)) == (2, True)


def test_a_mapping_that_names_nothing_is_one_sentence(export: Path, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("[charge]\n")
    run = recobro(tmp_path / "home", "ingest", export, "--mapping", tmp_path / "m.toml")
    assert (run.status, is_one_sentence(run.err), "is `charges` meant?" in run.err) == (2, True, True)


def test_a_database_is_loaded_by_its_address(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as database:
        database.execute("CREATE TABLE debtors AS SELECT 'd1' AS debtor_id, 'PE' AS country")
        database.execute("CREATE TABLE charges AS SELECT 'c1' charge_id, 'd1' debtor_id, '2026-01-31' due_on, 5 amount")
        database.execute(
            "CREATE TABLE payments AS SELECT 'p1' payment_id, 'd1' account_id, '2026-01-31' paid_on, 5 amount"
        )
    database.close()
    assert recobro(tmp_path / "home", "ingest", f"sqlite:///{tmp_path / 's.db'}", "--json").status == 0
    assert lake_rows(tmp_path / "home") == {"debtors": 1, "charges": 1, "payments": 1}


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    run = recobro(tmp_path / "home", "ingest", "postgresql://ana_lopez:s3cr3t@127.0.0.1:1/x", "--json")
    assert (run.status, is_one_sentence(run.err)) == (3, True), run.err
    assert not any(secret in run.err for secret in ("s3cr3t", "ana_lopez"))
