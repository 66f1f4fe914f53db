"""Pieces of the lake: debtors who are read together, so that memory is bounded whatever the size of the portfolio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import ceil

import ibis

from recobro_data.books.known import place_in_time
from recobro_data.books.placed import Placed
from recobro_data.lake import Lake
from recobro_data.tables import TABLES


@dataclass(frozen=True)
class Piece:
    """Debtors of a partition (`None`: of all) from the id `first` on and before the id `end` (`None`: no bound)."""

    partition: int | None = None
    first: str = ""
    end: str | None = None


@ibis.udf.scalar.builtin(name="getvariable", signature=(("string",), "string"))
def _variable(variable):  # type: ignore[no-untyped-def]
    """DuckDB's variable of that name."""


def cut_pieces(lake: Lake, backend: ibis.BaseBackend, *, at_most: int) -> list[Piece]:
    """The lake in pieces of about `at_most` rows of all tables together, in the order of partitions and debtors."""
    rows = sum(lake.rows(table) for table in TABLES)
    if rows <= at_most:
        return [Piece()]
    n = ceil(rows / lake.partitions / at_most)
    return [piece for partition in range(lake.partitions) for piece in _cut_partition(lake, backend, partition, n)]


def place_pieces(
    lake: Lake, backend: ibis.BaseBackend, pieces: list[Piece], rates: Mapping[str, float]
) -> Iterator[Placed]:
    """The tables of each piece in turn, made ready on `backend`; the next piece takes the place of the one before.

    What has to be compiled is compiled once a partition.
    """
    for partition, own in groupby(pieces, key=lambda piece: piece.partition):
        _turn_to(Piece(partition), backend)
        placed = place_in_time(
            {name: _cut(lake.read(backend, name, partition)) for name in TABLES}, backend, rates=rates
        )
        for piece in own:
            if piece != Piece(partition):
                _turn_to(piece, backend)
                placed.turn()
            yield placed
        placed.drop()


def _turn_to(piece: Piece, backend: ibis.BaseBackend) -> None:
    backend.con.execute("set variable first_debtor = ?::varchar", [piece.first])
    backend.con.execute("set variable end_debtor = ?::varchar", [piece.end])


def _cut(table: ibis.Table) -> ibis.Table:
    """The rows of the piece that was turned to; files are sorted by debtor, so little else of them is read."""
    end = _variable("end_debtor")
    return table.filter((table.debtor_id >= _variable("first_debtor")) & (end.isnull() | (table.debtor_id < end)))


def _cut_partition(lake: Lake, backend: ibis.BaseBackend, partition: int, n: int) -> list[Piece]:
    debtors = lake.read(backend, "debtors", partition).select("debtor_id")
    grouped = debtors.mutate(group=ibis.ntile(n).over(order_by="debtor_id")).group_by("group")
    starts = sorted(grouped.agg(first=lambda rows: rows.debtor_id.min()).first.to_list())[1:] if n > 1 else []
    return [Piece(partition, *bounds) for bounds in zip(["", *starts], [*starts, None], strict=True)]
