"""A plan's printed page speaks Spanish, Portuguese and English, and says where chance missed a minimum share."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.model_samples import WORK_DATE, build_calendar, build_owing, build_scored, build_settings

from recobro_data.vocabulary import LANGUAGES
from recobro_pipelines.limits_told import limits_in_words
from recobro_pipelines.plan_limits import tell_limits
from recobro_pipelines.plan_summary import resting_on
from recobro_pipelines.plan_words import REMARKS, say_remark
from recobro_pipelines.shares_told import tell_shares

SUMMARY: dict[str, Any] = {
    "value": 90.0, "upper_bound": 100.0, "gap": 0.1,
    "capacity": {"call": {"shadow_price": 0.5, "shadow_price_by_hour": {"10": 1.5}}},
    "teams": {"one": {"shadow_price_by_hour": {"9": 12.0}}}, "budgets": {"all": {"shadow_price": 3.0}},
    "min_shares": {"b": {"cost": 2.0, "min_share": 0.1, "share": 0.098, "missed_by_chance": True}},
    "rule_costs": {f"r{at}": {"cost": 9.0 - at} for at in range(7)},
    "duties": {"due": 3, "met": 2, "unmet": {"CL.notice": 1}}, "remarks": ["[teams.none] has no agents."],
}  # fmt: skip


def test_the_page_in_spanish_has_no_english_left() -> None:
    assert limits_in_words(SUMMARY, language="es").splitlines() == [
        "Sin sorteos lo máximo posible eran 100.00: el plan queda a 10.00 % o menos de lo mejor.",
        "Un intento más aportaría: llamada a las 10 1.50, llamada en el día 0.50.",
        "Una hora de agente más aportaría: one a las 9 12.00.",
        "Una unidad más de presupuesto aportaría: all 3.00.",
        "Las partes mínimas cuestan a lo sumo: b 2.00.",
        "Por el sorteo quedan por debajo de su parte mínima: b 9.80 % de 10.00 %.",
        "Las reglas cuestan a lo sumo, si se levanta cada una sola (2 más cuestan menos):",
        *(f"  {9 - at}.00  r{at}" for at in range(5)),
        "Contactos que la ley exige: 3 debidos, 2 planificados; no es posible: 1 (CL.notice).",
        "[teams.none] no tiene agentes.",
    ]


def test_each_language_has_its_own_words_for_every_line() -> None:
    pages = [limits_in_words(SUMMARY, language=language).splitlines() for language in LANGUAGES]
    plain = [lines for lines in zip(*pages, strict=True) if not lines[0].startswith("  ")]
    assert all(len(set(lines)) == len(LANGUAGES) for lines in plain)


@pytest.mark.parametrize("code", REMARKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_remark_of_the_summary_is_told_in_any_language(code: str, language: str) -> None:
    words = dict(zip(("es", "pt", "en"), REMARKS[code], strict=True))
    assert say_remark(words["en"].format(of="a {b} (c)"), language) == words[language].format(of="a {b} (c)")


def test_what_the_plan_rests_on_and_how_it_is_split_speak_portuguese() -> None:
    assert resting_on({"contact": "prior"}, language="pt").startswith("Os horários de contato são supostos")
    agents = {"ana": {"items": 3, "expected_value": 100.0}, "luis": {"items": 4, "expected_value": 102.0}}
    told = {"call": {"agents": agents, "deviation": 0.0099, "tolerance": 0.005, "is_fair": False}}
    assert next(tell_shares(told, language="pt")).endswith("no máximo 1.0 % da média, além da tolerância de 0.5%.")


def shares_told(exploration: float, salt: str = "a") -> dict[str, Any]:
    settings = build_settings(
        channels={"call": {"capacity_per_day": 16}, "whatsapp": {"capacity_per_day": 0}},
        portfolios={"b": {"min_share": 0.25}},
        policy={"exploration": exploration, "control_group": 0.0, "salt": salt},
    )  # fmt: skip
    debtors = build_owing(40, portfolio_id=["b"] * 20 + ["a"] * 20, amount_to_collect=[50.0] * 20 + [500.0] * 20)
    told: dict[str, Any] = tell_limits(build_scored(debtors, settings, build_calendar(settings, WORK_DATE)), settings)
    return told["min_shares"]["b"]


def test_a_share_that_only_chance_misses_is_said_to_be_missed_by_it() -> None:
    drawn = [shares_told(0.5, salt) for salt in "abcdefgh"]
    missed = [told["missed_by_chance"] for told in drawn]
    assert missed == [told["share"] < told["min_share"] for told in drawn]
    assert any(missed)


def test_where_nothing_is_drawn_chance_misses_nothing() -> None:
    told = shares_told(0.0)
    assert told["share"] >= told["min_share"]
    assert not told["missed_by_chance"]
