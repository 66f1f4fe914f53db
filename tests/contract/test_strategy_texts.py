"""The shipped texts: one for every stage, channel, tone and language, polite, lawful, and without anybody's data."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from pathlib import Path

import pytest

from recobro_data.vocabulary import CHANNELS, LANGUAGES, STAGES
from recobro_models.decision.strategies import VARIABLES, Occasion, Strategies, load_strategies

TONES = ("friendly", "plain", "firm", "gentle")
#: Threats, courts, registers of debtors, third parties, pressure, and questions for the reason.
UNFIT = (
    "embargo", "demanda", "juicio", "juzgado", "judicial", "abogado", "legal", "denuncia", "infocorp", "dicom",
    "buró", "central de riesgo", "serasa", "spc", "negativ", "protesto", "justiça", "advogado", "processo", "penhora",
    "court", "lawsuit", "lawyer", "sue", "bailiff", "credit bureau", "familiar", "vecino", "employer", "urgente",
    "urgent", "inmediat", "imediat", "immediate", "última oportunidad", "por qué no", "por que não", "why",
    "motivo", "reason", "consecuencia", "consequência", "consequence", "moroso", "inadimplente", "culpa",
)  # fmt: skip


@lru_cache(maxsize=1)
def shipped() -> Strategies:
    return load_strategies(Path("nowhere"))


def text(stage: str, channel: str, tone: str, language: str, **more: str) -> str:
    return str(shipped().templates.render(Occasion("standard", stage, channel, tone, language, **more)))


@pytest.mark.parametrize(("channel", "language"), list(product(CHANNELS, LANGUAGES)))
def test_there_is_a_text_of_its_own_for_every_stage_and_tone(channel: str, language: str) -> None:
    stages = {stage: text(stage, channel, "plain", language) for stage in STAGES}
    assert len(set(stages.values())) == len(STAGES)
    assert text("late", channel, "gentle", language) != stages["late"]
    assert text("late", channel, "plain", language, promise="due") not in stages.values()


@pytest.mark.parametrize(("channel", "language"), list(product(CHANNELS, LANGUAGES)))
def test_a_text_leaves_variables_to_the_platform_and_knows_no_other(channel: str, language: str) -> None:
    for stage, tone in product(STAGES, TONES):
        left = re.findall(r"\{\{(.*?)\}\}", text(stage, channel, tone, language))
        assert {"name", "creditor", "amount", "payment_link"} <= set(left) <= set(VARIABLES)


@pytest.mark.parametrize(("channel", "language"), list(product(("sms", "whatsapp", "email"), LANGUAGES)))
def test_every_message_says_how_to_receive_no_more_and_whom_to_ask(channel: str, language: str) -> None:
    for stage, tone in product(STAGES, TONES):
        assert {"opt_out", "contact_line"} <= set(re.findall(r"\w+", text(stage, channel, tone, language)))


@pytest.mark.parametrize(("channel", "language"), list(product(CHANNELS, LANGUAGES)))
def test_no_text_threatens_presses_or_asks_for_the_reason(channel: str, language: str) -> None:
    for stage, tone in product(STAGES, TONES):
        told = text(stage, channel, tone, language).lower()
        assert [word for word in UNFIT if re.search(rf"\b{word}", told)] == []


@pytest.mark.parametrize(("channel", "language"), list(product(("call", "visit"), LANGUAGES)))
def test_nobody_but_the_debtor_hears_of_the_debt(channel: str, language: str) -> None:
    for stage, tone in product(STAGES, TONES):
        told = text(stage, channel, tone, language)
        # The instruction to make sure who it is comes before the creditor and the amount.
        assert told.index("]") < min(told.index("{{creditor}}"), told.index("{{amount}}"))


@pytest.mark.parametrize(("channel", "language"), list(product(CHANNELS, LANGUAGES)))
def test_an_offer_stands_in_the_text_once(channel: str, language: str) -> None:
    assert text("mid", channel, "plain", language, offer="SOLO HOY NO.").count("SOLO HOY NO.") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_is_one_line_and_an_email_has_paragraphs(language: str) -> None:
    assert "\n" not in text("early", "whatsapp", "friendly", language)
    assert text("early", "email", "friendly", language).count("\n\n") == 4
