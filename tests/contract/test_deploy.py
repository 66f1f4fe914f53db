"""What is deployed names only settings, metrics, commands and versions that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Settings, load_settings
from recobro_data.store import open_store
from recobro_pipelines.cli import app as command_line

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".lock")
UNITS = sorted((DEPLOY / "systemd").iterdir())
#: Of Prometheus' own: whether a target answered.
_OF_PROMETHEUS = {"up"}


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "recobro.json").read_text(encoding="utf-8"))
    return found


def expressions() -> list[str]:
    of_panels = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return of_panels + [rule["expr"] for rule in alerts()]


def metrics_of(expression: str) -> set[str]:
    """Names that a PromQL expression reads: what is neither a function, a keyword, a label nor a quoted text."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|(?:by|without) *\([^)]*\)', " ", expression)
    return set(re.findall(r"\b[a-z_]{2,}\b(?! *\()", bare)) - {"by", "and", "or", "unless"}


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    path = tmp_path_factory.mktemp("store") / "recobro.db"
    with open_store(f"sqlite:///{path}") as store:
        store.publish_plan(build_plan())
        yield build_caller(store)


@pytest.fixture(scope="module")
def exposed(caller: Caller) -> set[str]:
    """Every name that `/metrics` gives a sample, once a call was answered."""
    caller.get("/v1/worklists/latest")
    lines = caller.get("/metrics").text.splitlines()
    names = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    sampled = {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}
    buckets = {f"{name}_bucket" for name, kind in names.items() if kind == "histogram"}
    return {*names, *sampled, *buckets}


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_that_is_watched_is_exposed(exposed: set[str], expression: str) -> None:
    watched = metrics_of(expression)
    assert watched, "no metric found in it"
    assert watched <= exposed | _OF_PROMETHEUS


def test_panels_stand_side_by_side_and_over_nothing() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in dashboard()["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    assert all({"summary", "action"} <= set(rule["annotations"]) for rule in alerts())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_that_is_named_is_a_setting(path: Path) -> None:
    named = set(re.findall(r"\bRECOBRO_[A-Z_]+", path.read_text(encoding="utf-8"))) - {"RECOBRO_HOME"}
    for variable in named:
        value = {"RECOBRO_STORE_URL": "sqlite:///x.db"}.get(variable, "http://x")
        assert variable in load_settings(Path("/nowhere"), {variable: value}).origins.values(), variable


def command_lines() -> list[list[str]]:
    units = [line.split()[1:] for unit in UNITS for line in re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.M)]
    services = compose()["services"]
    return units + [services[name]["command"] for name in ("api", "nightly")]


@pytest.mark.parametrize("words", command_lines(), ids=" ".join)
def test_every_command_that_is_started_exists(words: list[str]) -> None:
    group: Any = typer.main.get_command(command_line)
    command = group.commands[words[0]]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", ["api", "nightly", "mlflow"])
def test_a_container_of_ours_may_do_no_more_than_it_must(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_no_password_is_in_the_environment_or_in_the_files() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"://[^/\s:]+:[^@\s]+@", text)
    secret = [name for name in re.findall(r"^\s+(\w*PASSWORD\w*):", text, re.M) if not name.endswith("_FILE")]
    assert secret == []


def test_every_service_answers_for_its_health_or_runs_once() -> None:
    services = compose()["services"]
    watched = [name for name, service in services.items() if service.get("profiles") is None]
    # The API's check is the image's own.
    assert [name for name in watched if "healthcheck" not in services[name]] == ["api"]
    assert "HEALTHCHECK" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_stopping_waits_longer_than_the_server_takes_to_finish() -> None:
    graceful = Settings().serving.graceful_seconds
    assert int(compose()["services"]["api"]["stop_grace_period"].rstrip("s")) > graceful
    found = re.search(r"^TimeoutStopSec=(\d+)$", (DEPLOY / "systemd" / "recobro-api.service").read_text(), re.M)
    assert found is not None
    assert int(found[1]) > graceful


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.M)
    assert users
    assert "0" not in users[-1]


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \n]+)", path.read_text(encoding="utf-8"), re.M))


def test_the_image_runs_the_versions_that_were_tested() -> None:
    tested, shipped = pins(DEPLOY.parent / "requirements.lock"), pins(DEPLOY / "runtime.lock")
    other = {name: version for name, version in shipped.items() if tested.get(name, version) != version}
    assert other == {}
    assert {"fastapi", "uvicorn", "psycopg", "lightgbm", "mlflow"} <= set(shipped)
    assert not {"pytest", "mypy", "ruff"} & set(shipped)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        # Neither the user nor the program is on this machine.
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", unit.read_text(), flags=re.M)
        (tmp_path / unit.name).write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M))
    names = [str(tmp_path / unit.name) for unit in UNITS]
    run = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert (run.returncode, [line for line in run.stderr.splitlines() if str(tmp_path) in line]) == (0, [])
