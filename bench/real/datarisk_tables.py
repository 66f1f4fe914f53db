"""`datarisk-br` as canonical tables: B2B charges of Brazilian firms, issued August 2018 to February 2021.

Source: the Datarisk junior case, public, without a data licence, so it is read where it lies and never copied here.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

_CHARGES = """
    select row_number() over (order by ID_CLIENTE, DATA_EMISSAO_DOCUMENTO, DATA_VENCIMENTO, VALOR_A_PAGAR,
                              DATA_PAGAMENTO, SAFRA_REF) as n,
           ID_CLIENTE as debtor_id, DATA_EMISSAO_DOCUMENTO as issued_on, DATA_VENCIMENTO as due_on,
           DATA_PAGAMENTO as paid_on, VALOR_A_PAGAR as amount,
           TAXA as rate
    from (select distinct * from read_csv('{payments}', delim=';', all_varchar=true, header=true))
"""
_TABLES = {
    # FLAG_PF marks a natural person with X; the area code stands for the region only where it is one of Brazil's.
    "debtors": """
        select distinct c.debtor_id, 'datarisk' as portfolio_id, 'BR' as country, 'America/Sao_Paulo' as timezone,
               case when b.FLAG_PF = 'X' then 'person' else 'company' end as kind
        from charge c left join (select ID_CLIENTE, any_value(FLAG_PF) as FLAG_PF
             from read_csv('{clients}', delim=';', all_varchar=true, header=true) group by 1) b
        on b.ID_CLIENTE = c.debtor_id order by 1""",
    # The interest rate names the terms a charge was sold on: its product. 1.5 % of the amounts are empty: the firm's
    # median stands in, so that the row's dates are not lost.
    "charges": """
        select 'c' || n as charge_id, debtor_id, issued_on, due_on,
               coalesce(nullif(cast(amount as double), 0),
                        median(cast(amount as double)) over (partition by debtor_id), 1.0) as amount, 'BRL' as currency,
               'rate ' || rate as product
        from charge order by n""",
    "payments": """
        select 'p' || c.n as payment_id, 'c' || c.n as charge_id, c.paid_on,
               coalesce(nullif(cast(c.amount as double), 0),
                        median(cast(c.amount as double)) over (partition by c.debtor_id), 1.0) as amount
        from charge c where c.paid_on is not null order by c.n""",
}


def write_tables(source: Path, out: Path) -> Path:
    """Write `debtors`, `charges` and `payments` of the data set in folder `source` as CSV to `out`; returns `out`.

    The one exact duplicate row is dropped. A zero or empty amount takes the firm's median.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = {"payments": source / "payments.csv.gz", "clients": source / "base_cadastral.csv"}
    with duckdb.connect() as con:
        con.execute(f"create table charge as {_CHARGES.format(**files)}")
        for name, query in _TABLES.items():
            con.execute(f"copy ({query.format(**files)}) to '{out / name}.csv' (header)")
    return out
