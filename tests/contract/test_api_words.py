"""The API's types spell out the words of the contract, as type checkers want them; they must be the vocabulary's."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from recobro_data import vocabulary
from recobro_serving import schemas


@pytest.mark.parametrize(
    ("spelt", "words"),
    [
        (schemas.Channel, vocabulary.CHANNELS),
        (schemas.Stage, vocabulary.STAGES),
        (schemas.Band, vocabulary.BANDS),
        (schemas.Because, vocabulary.LEFT_ALONE),
    ],
)
def test_the_api_spells_the_words_of_the_vocabulary(spelt: Any, words: tuple[str, ...]) -> None:
    assert get_args(spelt) == words
