from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.errors import ConfigurationError
from recobro_data.settings import find_home, idle_variables, load_settings


def write(home: Path, text: str) -> Path:
    (home / "recobro.toml").write_text(text, encoding="utf-8")
    return home


def test_defaults_hold_in_an_empty_workspace(tmp_path: Path) -> None:
    in_force = load_settings(tmp_path, {})
    assert (in_force.settings.policy.horizon_days, in_force.origins["policy.horizon_days"]) == (30, "default")


def test_the_file_stands_above_the_defaults(tmp_path: Path) -> None:
    in_force = load_settings(write(tmp_path, "[policy]\nhorizon_days = 45\n"), {})
    assert (in_force.settings.policy.horizon_days, in_force.origins["policy.horizon_days"]) == (45, "recobro.toml")


@pytest.mark.parametrize("name", ["RECOBRO_POLICY_HORIZON_DAYS", "RECOBRO_POLICY__HORIZON_DAYS"])
def test_a_variable_stands_above_the_file(tmp_path: Path, name: str) -> None:
    in_force = load_settings(write(tmp_path, "[policy]\nhorizon_days = 45\n"), {name: "60"})
    assert (in_force.settings.policy.horizon_days, in_force.origins["policy.horizon_days"]) == (60, name)


def test_the_workspace_is_told_to_come_from_its_variable(tmp_path: Path) -> None:
    assert load_settings(None, {"RECOBRO_HOME": str(tmp_path)}).origins["home"] == "RECOBRO_HOME"


def test_a_variable_that_sets_nothing_is_named_and_others_programs_variables_are_not() -> None:
    set_something = {"RECOBRO_HOME": "/srv", "RECOBRO_POLICY_EXPLORATION": "0.1", "RECOBRO_CHANNELS_CALL_COST": "1"}
    of_others = {"RECOBRO_SERVICE_HOST": "10.0.0.1", "RECOBRO_PORT": "tcp://10.0.0.1:80"}
    assert idle_variables({**set_something, **of_others, "RECOBRO_POLICY_EXPLORATON": "0.1"}) == [
        "RECOBRO_POLICY_EXPLORATON"
    ]


def test_one_key_of_a_channel_leaves_its_others_and_the_other_channels(tmp_path: Path) -> None:
    channels = load_settings(tmp_path, {"RECOBRO_CHANNELS_CALL_COST": "0.5"}).settings.channels
    assert (channels["call"].cost, channels["call"].capacity_per_hour, channels["sms"].cost) == (0.5, 60, 0.05)


def test_a_list_in_a_variable_is_parted_by_commas(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"RECOBRO_POLICY_DEFAULT_CHANNELS": "email, sms"}).settings
    assert settings.policy.default_channels == ("email", "sms")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[policy]\nhorizon = 30", "known key.*`policy.horizon` in recobro.toml"),
        ("policy = [", "recobro.toml in TOML"),
        ("[policy]\nexploration = 1.5", "less than or equal to 1.*1.5.*`policy.exploration`"),
        ("[bands]\na = 0.5", "bands must rise"),
        ("[stages]\nearly = 99", "stages must rise"),
        ("[channels.fax]\ncost = 1", "unknown channel 'fax'"),
        ("[channels.call]\nhours = '20:00-08:00'", "HH:MM-HH:MM"),
        ("[channels.call]\nhours = '8-20'", "HH:MM-HH:MM"),
        ("[channels.call]\ncapacity_per_hour = -1", "`channels.call.capacity_per_hour`"),
        ("[policy]\ndefault_channels = ['fax']", "unknown channel 'fax'"),
        ("[rates]\nUSS = 3.8", "unknown currency 'USS'"),
        ("[rates]\nUSD = 0", "greater than 0.*`rates.USD`"),
        ("[rates]\nUSD = inf", "finite number.*`rates.USD`"),
        ("[policy]\nexploration = nan", "finite number.*`policy.exploration`"),
        ("policy = 3", "`policy`"),
        ("channels = 3", "`channels`"),
    ],
)
def test_a_value_that_can_not_be_in_force_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"(?s)^Expected .*{says}"):
        load_settings(write(tmp_path, text), {})


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recobro.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"recobro\.toml in TOML"):
        load_settings(tmp_path, {})


@given(st.integers().filter(lambda days: not 1 <= days <= 180))
def test_no_horizon_outside_its_range_is_ever_in_force(days: int) -> None:
    with pytest.raises(ConfigurationError, match="RECOBRO_POLICY_HORIZON_DAYS"):
        load_settings(Path("nowhere"), {"RECOBRO_POLICY_HORIZON_DAYS": str(days)})


def test_the_workspace_is_the_one_the_variable_names(tmp_path: Path) -> None:
    assert find_home({"RECOBRO_HOME": str(tmp_path / "of my own")}) == tmp_path / "of my own"


def test_the_workspace_is_else_the_nearest_folder_upwards_with_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (write(tmp_path, "") / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert find_home({}) == tmp_path


def test_store_and_registry_lie_in_the_workspace_unless_told_otherwise(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"RECOBRO_MLFLOW_URI": "http://tracking"}).settings
    assert settings.store_url == f"sqlite:///{tmp_path}/data/recobro.db"
    assert settings.tracking_uri == "http://tracking"
