"""Tables kept on an engine when they are first asked for, and again for each piece of the lake, compiled once."""

from __future__ import annotations

from functools import cached_property

import ibis
import pyarrow as pa

from recobro_data.books.numbers import Numbers


class Placed(dict[str, ibis.Table]):
    """The canonical tables by name with each debtor's clock applied, and `numbers` read from them.

    Charges have the debtor's `portfolio_id`; payments `recorded_on`; attempts `attempted_local`, `attempted_on` and
    `reached`; promises `made_on`. Each is kept on the engine when it is first asked for: most days ask for few.
    """

    def __init__(self, backend: ibis.BaseBackend) -> None:
        super().__init__()
        self._backend = backend
        self._offered: dict[str, ibis.Table] = {}
        self._counted: tuple[ibis.Table, ...] = ()
        self._numbered: dict[str, ibis.Table] = {}
        self._rows: dict[str, pa.Table] = {}
        self._kept: dict[str, ibis.Table] = {}
        self._sql: dict[ibis.Table, str] = {}

    def offer(self, **tables: ibis.Table) -> None:
        """What may be asked for; all but `debtors` may be made of the kept debtors."""
        self._offered |= tables

    def count(self, *tables: ibis.Table) -> None:
        """What `numbers` are read from: debtors, charges and payments."""
        self._counted = tables

    def number(self, **tables: ibis.Table) -> None:
        """What `rows` are read from; each has `debtor_no`."""
        self._numbered |= tables

    def rows(self, name: str) -> pa.Table:
        """Numbered rows, which lie beside the engine; texts are there but once."""
        if name not in self._rows:
            rows = self._fetch(self._numbered[name])
            texts = [place for place, field in enumerate(rows.schema) if pa.types.is_string(field.type)]
            for place in texts:
                rows = rows.set_column(place, rows.column_names[place], rows.column(place).dictionary_encode())
            self._rows[name] = rows
        return self._rows[name]

    def __missing__(self, name: str) -> ibis.Table:
        made_of = self._offered[name]
        if name in self._kept:
            self._backend.raw_sql(f'create temp table "{self._kept[name].op().name}" as {self._compiled(made_of)}')
        else:
            self._kept[name] = keep(made_of, self._backend)
        self[name] = self._kept[name]
        return self[name]

    @cached_property
    def numbers(self) -> Numbers:
        """Charges and payments as arrays, which the books are computed from."""
        return Numbers.read(*(self._fetch(table) for table in self._counted))

    def keep_all(self) -> Placed:
        """Keep everything now, so that what it is read from may go."""
        for name in self._offered:
            self[name]
        for name in self._numbered:
            self.rows(name)
        assert self.numbers
        return self

    def turn(self) -> None:
        """Forget what was kept, as the tables underneath have turned to other debtors."""
        self.drop()
        self["debtors"]

    def drop(self) -> None:
        """Give back the memory of everything that was kept."""
        for table in self.values():
            discard(table, self._backend)
        self.clear()
        self._rows.clear()
        self.__dict__.pop("numbers", None)

    def _fetch(self, table: ibis.Table) -> pa.Table:
        if table not in self._sql:
            self._compiled(table)
            return table.to_pyarrow()
        rows: pa.Table = self._backend.con.execute(self._sql[table]).to_arrow_table()
        return rows.cast(table.schema().to_pyarrow())

    def _compiled(self, table: ibis.Table) -> str:
        if table not in self._sql:
            self._sql[table] = self._backend.compile(table)
        return self._sql[table]


def numbered(debtors: ibis.Table) -> ibis.Table:
    """Placed debtors with `debtor_no`, by which numbered rows know them."""
    return debtors.mutate(debtor_no=debtors.rowid().cast("int32"))


def keep(table: ibis.Table, backend: ibis.BaseBackend) -> ibis.Table:
    """The same rows as a temporary table of `backend`: computed once, and short in the SQL that uses it."""
    return backend.create_table(ibis.util.gen_name("kept"), table, temp=True)


def discard(table: ibis.Table, backend: ibis.BaseBackend) -> None:
    """Give back the memory of a table that `keep` made."""
    backend.raw_sql(f'drop table "{table.op().name}"')
