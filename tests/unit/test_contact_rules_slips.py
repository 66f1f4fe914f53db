"""Slips in a rule file: one sentence that names the file and the line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recobro_data.contact_rules import load_rulebook
from recobro_data.contact_rules.files import SHIPPED
from recobro_data.contact_rules.form import Limit
from recobro_data.contact_rules.strictness import contradiction, never_reached
from recobro_data.errors import RulesError
from recobro_data.lines import toml_line, yaml_line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("DEFAULT.yaml", "CL.yaml"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ('mon-sat: "08:00-20:00"', 'mon-sat: "20:00-08:00"', "20:00-08:00"),
        ("max: 2, channels: [letter", "max: two, channels: [letter", "max: two"),
        ("stop_events: [lawsuit_served", "stop_events: [lawsuit_servd", "lawsuit_servd"),
        ("change: {counts: contacts}", "change: {count: contacts}", "change: {count: contacts}"),
        ("sources: [law, bank_reading]", "sources: [law, bank_readings]", "bank_readings"),
        ("threats_or_harassment", "threats_or_harrassment", "threats_or_harrassment"),
        ("within_days: 15", "within_day: 15", "within_day: 15"),
        ("strength: statute", "strength: statute\nstrength: guide", "strength: guide"),
    ],
)
def test_a_typo_is_refused_naming_the_file_and_the_line_near_it(folder: Path, old: str, new: str, at: str) -> None:
    path = folder / "CL.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulesError, match=r"CL\.yaml line \d+") as refused:
        load_rulebook(folder)
    told = int(str(refused.value).split("CL.yaml line ")[1].split()[0].rstrip(":"))
    assert abs(told - line_of(path, at)) <= 3


def test_caps_that_contradict_each_other_are_refused(folder: Path) -> None:
    path = folder / "CL.yaml"
    slip = "{id: day, window_days: 1, max: 3, channels: [sms], basis: law, level: full_text, sources: [law]}"
    more = f"limits:\n  - {slip}\n"
    path.write_text(path.read_text(encoding="utf-8").replace("limits:\n", more, 1), encoding="utf-8")
    with pytest.raises(RulesError, match=r"CL\.yaml line \d+ day \(at most 3\), which remote_week never lets happen"):
        load_rulebook(folder)


def cap(days: int, most: int, *channels: str, **more: str) -> Limit:
    given = {"id": f"{most}_in_{days}", "window_days": days, "max": most, "channels": channels or ("call", "sms")}
    return Limit.model_validate({"basis": "policy", "level": "none"} | given | more)


@pytest.mark.parametrize(
    ("limit", "beside", "never"),
    [
        (cap(7, 8), cap(1, 1), True),
        (cap(7, 7), cap(1, 1), False),
        (cap(1, 2), cap(7, 1), True),
        (cap(1, 1), cap(7, 1), False),
        (cap(7, 8), cap(1, 1, "call"), False),
        (cap(7, 8, "call"), cap(1, 1), True),
        (cap(7, 8), cap(1, 1, counts="contacts"), False),
        (cap(7, 8, counts="contacts"), cap(1, 1), True),
        (cap(7, 8), cap(1, 1, per="channel"), False),
        (cap(7, 15), cap(1, 1, per="channel"), True),
    ],
)
def test_a_cap_is_never_reached_where_another_stops_before(limit: Limit, beside: Limit, never: bool) -> None:
    assert never_reached(limit, beside) is never


def test_our_own_caution_beside_a_looser_law_is_no_contradiction() -> None:
    law = cap(1, 5).model_copy(update={"basis": "law"})
    assert contradiction([law, cap(1, 1)]) is None
    assert contradiction([cap(1, 5), cap(1, 1)]) is not None


def test_lines_of_yaml_are_those_of_the_deepest_node_that_is_there() -> None:
    text = "a: 1\nb:\n  - c: 2\n  - c: 3\n    d: 4\n"
    assert [yaml_line(text, path) for path in (("a",), ("b", 1, "d"), ("b", 1, "e"), ("z",))] == [1, 5, 4, 1]


def test_lines_of_toml_know_dotted_keys_quotes_and_arrays_of_tables() -> None:
    text = 'x = 1\n[a."b.c"]\nd.e = 2 # no\n[[f]]\ng = 1\n[[f]]\ng = 2\n'
    paths = (("x",), ("a", "b.c", "d", "e"), ("f", 0, "g"), ("f", 1, "g"), ("a", "b.c", "zz"))
    assert [toml_line(text, path) for path in paths] == [1, 3, 5, 7, 2]
