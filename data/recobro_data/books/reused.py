"""Books of one day that are built again and again, each time of other rows: what must be compiled is compiled once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import ibis
import ibis.expr.operations as ops
import pyarrow as pa

from recobro_data.books.known import Known
from recobro_data.books.ledger import Books
from recobro_data.books.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What was compiled for one day over one engine's tables: of the `kept` ones by name, of those whose `rows` are
    handed over, and of what is `read` of them."""

    kept: dict[str, tuple[str, ibis.Table]] = field(default_factory=dict)
    rows: dict[str, ibis.Table] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReusedBooks(Books):
    """Books whose tables have the same names each time, so that the queries over them stay what they are."""

    compiled: Compiled

    @classmethod
    def of(cls, known: Known, backend: ibis.BaseBackend, compiled: Compiled) -> ReusedBooks:
        """The books of everything in `known`; `compiled` is that of an earlier build for the same day and engine."""
        standing = Standing.of(known.placed.numbers, known.as_of)
        return cls(known=known, standing=standing, backend=backend, compiled=compiled)

    def _keep(self, name: str, build: Callable[..., ibis.Table], *rows: pa.Table) -> ibis.Table:
        tables = [self._registered(f"{name} {at}", one) for at, one in enumerate(rows)]
        kept = f"kept {name}"
        if name not in self.compiled.kept:
            made = build(*tables)
            self.compiled.kept[name] = (self.backend.compile(made), _table(kept, made.schema(), self.backend))
        sql, table = self.compiled.kept[name]
        self.backend.con.execute(f'create or replace temp table "{kept}" as {sql}')
        return table

    def _registered(self, name: str, rows: pa.Table) -> ibis.Table:
        named = f"rows of {name}"
        self.backend.con.register(named, rows)
        if named not in self.compiled.rows:
            self.compiled.rows[named] = _table(named, ibis.Schema.from_pyarrow(rows.schema), self.backend)
        return self.compiled.rows[named]


def _table(name: str, schema: ibis.Schema, backend: ibis.BaseBackend) -> ibis.Table:
    return ops.DatabaseTable(name, schema=schema, source=backend).to_expr()
