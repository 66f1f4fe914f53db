from __future__ import annotations

from pathlib import Path

import pytest

from recobro_data.errors import ConfigurationError
from recobro_data.settings import load_settings


def test_a_section_within_a_section_is_read_from_file_and_environment(tmp_path: Path) -> None:
    (tmp_path / "recobro.toml").write_text(
        '[serving]\nmax_claim = 7\n[serving.oidc]\nissuer = "https://id.example"\naudience = "recobro"\n'
        'jwks_url = "https://id.example/jwks"\n'
    )
    in_force = load_settings(tmp_path, {"RECOBRO_SERVING_OIDC_LEEWAY_SECONDS": "5"})
    oidc = in_force.settings.serving.oidc
    assert (in_force.settings.serving.max_claim, oidc.audience, oidc.leeway_seconds) == (7, "recobro", 5)
    assert in_force.origins["serving.oidc.leeway_seconds"] == "RECOBRO_SERVING_OIDC_LEEWAY_SECONDS"


def test_origins_are_a_list_with_commas_in_the_environment(tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path, {"RECOBRO_SERVING_CORS_ORIGINS": "https://a.example, https://b.example"}
    ).settings
    assert settings.serving.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECOBRO_SERVING_MAX_SECONDS", "0"),
        ("RECOBRO_SERVING_RATE_PER_MINUTE", "-1"),
        ("RECOBRO_SERVING_LOG_FORMAT", "xml"),
        ("RECOBRO_SERVING_MAX_BODY_BYTES", "10"),
        ("RECOBRO_SERVING_OIDC_ISSUER", "https://id.example"),
    ],
)
def test_a_value_that_can_not_be_in_force_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match="serving"):
        load_settings(tmp_path, {name: value})
