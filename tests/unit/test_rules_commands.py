"""`recobro rules …` as it is typed: what is printed for people and for programs, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recobro_data.errors import RecobroError, UsageError
from recobro_pipelines.cli import app

CHECK = ("check", "--country", "CO", "--at", "2026-11-23T10:00", "--channel", "call")


def recobro(home: Path, *words: str) -> str:
    run = CliRunner().invoke(app, ["rules", *words], env={"RECOBRO_HOME": str(home), "COLUMNS": "200"})
    if isinstance(run.exception, RecobroError):
        raise run.exception
    assert run.exit_code == 0, run.exception
    return run.stdout


def told(home: Path, *words: str) -> Any:
    return json.loads(recobro(home, *words, "--json"))


def test_a_check_is_told_in_one_verdict_and_every_rule(tmp_path: Path) -> None:
    out = recobro(tmp_path, *CHECK, "--consented", "--language", "pt")
    assert "PERMITIDO, até 2026-11-23 19:00" in out
    assert out.count("CO.") >= 4


def test_a_check_for_programs_has_the_rule_that_speaks_and_until_when(tmp_path: Path) -> None:
    answer = told(tmp_path, *CHECK)
    assert (answer["allowed"], answer["rule"], answer["until"]) == (False, "CO.consent.call", None)
    assert {one["rule"] for one in answer["asked"]} >= {"CO.windows.call", "CO.one_channel"}


def test_a_portfolios_own_rules_are_asked(tmp_path: Path) -> None:
    (tmp_path / "recobro.toml").write_text('[rules.portfolios.north.CO]\nforbidden = ["call"]\n', encoding="utf-8")
    rules = [told(tmp_path, *CHECK, "--consented", "--portfolio", one)["rule"] for one in ("north", "south")]
    assert rules == ["portfolio:north@CO.channel.call", "CO.windows.call"]


def test_a_page_for_programs_has_every_section_with_its_rules(tmp_path: Path) -> None:
    page = told(tmp_path, "show", "cl", "--region", "RM", "--as-of", "2026-11-23")
    assert page["place"] == "CL-RM"
    assert page["sections"]["Contacts that the law demands"][0]["rule"] == "CL.minimum_duties.useful_notice"


def test_a_page_for_people_says_that_it_is_no_advice(tmp_path: Path) -> None:
    assert "Not legal advice" in recobro(tmp_path, "show", "GB", "--region", "SCT")


def test_the_list_has_every_place(tmp_path: Path) -> None:
    assert len(told(tmp_path, "list")["places"]) == 28


@pytest.mark.parametrize("extra", [(), ("--country", "CO", "--debtor", "D1")])
def test_a_check_wants_a_debtor_or_a_country(tmp_path: Path, extra: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="Expected either --debtor or --country"):
        recobro(tmp_path, "check", "--at", "2026-11-23T10:00", "--channel", "call", *extra)


def test_a_looser_rule_in_the_configuration_is_refused_by_the_command(tmp_path: Path) -> None:
    text = '[rules.portfolios.north.CO]\nhours.call = {sun = "08:00-10:00"}\n'
    (tmp_path / "recobro.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"CO\.windows\.call on sun, found a looser one in recobro\.toml line 2"):
        recobro(tmp_path, *CHECK)
