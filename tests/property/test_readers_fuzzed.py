from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.unit.reader_samples import CHARGES, PORTFOLIO, Loaded, write_files

from recobro_data.errors import SourceRefusedError

_FEW = settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_HEADER = CHARGES.partition("\n")[0].encode()
_pieces = st.sampled_from(
    [b'"', b",", b";", b"\t", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\xe9", b"\xc3\xa9", b"c1,d1,"]
)
_bytes = st.one_of(st.binary(max_size=60), st.builds(b"".join, st.lists(_pieces | st.binary(max_size=4), max_size=30)))


def accounted_for(name: str, content: bytes) -> bool:
    """Whether a load with this file is refused in words, or tells of every row that it read."""
    with tempfile.TemporaryDirectory() as folder:
        files = PORTFOLIO | {"charges.csv": b"", name: content or b"\n"}
        try:
            loaded = Loaded(write_files(Path(folder) / "source", files), Path(folder) / "home")
        except SourceRefusedError:
            return True
        counts = loaded.report.tables.values()
        return sum(count.quarantined for count in counts) == len(loaded.rejected())


@_FEW
@given(content=_bytes, with_header=st.booleans())
@example(content=b"\xff\xfec\x00", with_header=False)
@example(content=b'c1,"' + b"x" * 140_000 + b"\nc2,d1,2026-01-01,5\n", with_header=True)
def test_any_bytes_are_a_table_or_refused_in_words(content: bytes, with_header: bool) -> None:
    assert accounted_for("charges.csv", (_HEADER + b"\n" if with_header else b"") + content)


@_FEW
@given(content=st.binary(max_size=60), name=st.sampled_from(["charges.csv.gz", "charges.parquet", "charges.xlsx"]))
@example(content=b"\x1f\x8b\x08\x00\x00\x00\x00\x00", name="charges.csv.gz")
@example(content=b"PAR1\x00\x00\x00\x00PAR1", name="charges.parquet")
@example(content=b"PK\x05\x06" + bytes(18), name="charges.xlsx")
def test_any_bytes_in_another_format_are_refused_in_words(content: bytes, name: str) -> None:
    assert accounted_for(name, content)
