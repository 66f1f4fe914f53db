"""Configuration: defaults, then `recobro.toml` of the workspace, then `RECOBRO_…` variables, checked as one.

Nothing is read on import; edges call `load_settings` once and pass the result on.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from recobro_data.errors import ConfigurationError
from recobro_data.lines import toml_line
from recobro_data.sections import Bands as Bands
from recobro_data.sections import Channel as Channel
from recobro_data.sections import Engine as Engine
from recobro_data.sections import Ingest as Ingest
from recobro_data.sections import Learning as Learning
from recobro_data.sections import Policy as Policy
from recobro_data.sections import Privacy as Privacy
from recobro_data.sections import Stages as Stages
from recobro_data.sections import Store as Store
from recobro_data.sections import Tracking as Tracking
from recobro_data.sections import default_channels
from recobro_data.sections_rules import Rules as Rules
from recobro_data.sections_serving import Serving as Serving
from recobro_data.sections_shares import Shares as Shares
from recobro_data.sections_teams import Book as Book
from recobro_data.sections_teams import Budget as Budget
from recobro_data.sections_teams import Team as Team
from recobro_data.sections_teams import check_shares
from recobro_data.vocabulary import CHANNELS, CURRENCY_CODES

#: What one unit of a currency is worth in the portfolio's.
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
#: Keys whose variable holds several words, parted by commas.
_LISTS: Final = (
    ("policy", "default_channels"), ("privacy", "pseudonymise"), ("serving", "cors_origins"), ("shares", "agents"),
    ("shares", "channels"),
)  # fmt: skip


class Settings(BaseSettings):
    """All that can be configured, checked. Build it with `load_settings`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    home: Path = Path()
    engine: Engine = Engine()
    store: Store = Store()
    mlflow: Tracking = Tracking()
    ingest: Ingest = Ingest()
    privacy: Privacy = Privacy()
    policy: Policy = Policy()
    stages: Stages = Stages()
    bands: Bands = Bands()
    learning: Learning = Learning()
    serving: Serving = Serving()
    shares: Shares = Shares()
    rules: Rules = Rules()
    rates: dict[str, Rate] = Field(default_factory=dict)
    budget: Budget = Budget()
    teams: dict[str, Team] = Field(default_factory=dict)
    portfolios: dict[str, Book] = Field(default_factory=dict)
    channels: dict[str, Channel] = Field(default_factory=dict, validate_default=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over, merged there so that each value knows its origin."""
        return (init_settings,)

    @field_validator("channels", mode="before")
    @classmethod
    def _over_defaults(cls, value: Any, known: ValidationInfo) -> Any:
        if not isinstance(value, Mapping):
            return value
        unknown = [name for name in value if name not in CHANNELS]
        if unknown:
            raise ValueError(f"unknown channel {unknown[0]!r}; known are {', '.join(CHANNELS)}")
        merged: dict[str, Any] = {name: channel.model_dump() for name, channel in default_channels().items()}
        # Who says how many agents work a channel has said how many attempts it can make.
        for name in {channel for team in known.data.get("teams", {}).values() for channel in team.attempts_per_hour}:
            merged[name] |= {"capacity_per_hour": None, "capacity_per_day": None}
        for name, given in value.items():
            if not isinstance(given, Channel) and {"capacity_per_zone", "zones"} & set(given):
                merged[name]["capacity_per_day"] = None
            merged[name] |= given.model_dump() if isinstance(given, Channel) else dict(given)
        return merged

    @field_validator("portfolios")
    @classmethod
    def _shares_add_up(cls, value: dict[str, Book]) -> dict[str, Book]:
        check_shares(value)
        return value

    @field_validator("rates")
    @classmethod
    def _are_money(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = [code for code in value if code not in CURRENCY_CODES]
        if unknown:
            raise ValueError(f"unknown currency {unknown[0]!r}; codes are those of ISO 4217, such as USD")
        return value

    # -- the workspace's places ------------------------------------------------------------------
    @property
    def lake_dir(self) -> Path:
        """The data lake (Parquet)."""
        return self.home / "data" / "lake"

    @property
    def quarantine_dir(self) -> Path:
        """Rejected rows, one NDJSON file a load."""
        return self.home / "data" / "quarantine"

    @property
    def reports_dir(self) -> Path:
        """Validation reports and the monitor's pages."""
        return self.home / "data" / "reports"

    @property
    def decisions_dir(self) -> Path:
        """The options that the newest plans chose from, a file a plan."""
        return self.home / "data" / "decisions"

    @property
    def runs_dir(self) -> Path:
        """What each nightly run has finished, so that the next can go on."""
        return self.home / "data" / "runs"

    @property
    def forgetting_path(self) -> Path:
        """Who is being forgotten; no file where nobody is."""
        return self.lake_dir / "forgetting.txt"

    @property
    def lock_path(self) -> Path:
        """The one lock of everything that writes."""
        return self.home / "data" / "recobro.lock"

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.store.url or f"sqlite:///{(self.home / 'data' / 'recobro.db').absolute()}"

    @property
    def mlflow_dir(self) -> Path:
        """MLflow's local files."""
        return self.home / "mlflow"

    @property
    def tracking_uri(self) -> str:
        """MLflow tracking and registry URI."""
        return self.mlflow.uri or f"sqlite:///{(self.mlflow_dir / 'mlflow.db').absolute()}"


@dataclass(frozen=True)
class InForce:
    """The settings together with where each value came from (`default`, `recobro.toml` or the variable's name)."""

    settings: Settings
    origins: Mapping[str, str]


def find_home(environ: Mapping[str, str] | None = None) -> Path:
    """The workspace: `RECOBRO_HOME`, else the nearest folder upwards with a `recobro.toml` or a checkout, else here."""
    environ = os.environ if environ is None else environ
    if environ.get("RECOBRO_HOME"):
        return Path(environ["RECOBRO_HOME"]).expanduser().absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "recobro.toml").is_file() or (folder / "pipelines" / "recobro_pipelines").is_dir():
            return folder
    return here


def load_settings(home: Path | None = None, environ: Mapping[str, str] | None = None) -> InForce:
    """The settings in force for a workspace.

    Raises:
        ConfigurationError: a file that is not TOML, an unknown key, or a value out of its range.
    """
    environ = os.environ if environ is None else environ
    named = {"home": "RECOBRO_HOME"} if home is None and environ.get("RECOBRO_HOME") else {}
    home = home or find_home(environ)
    given, origins = _from_file(home / "recobro.toml")
    _refuse_key_in_file(origins)
    origins |= named
    for path, name in _variables(environ):
        _put(given, path, environ[name])
        origins[".".join(path)] = name
    try:
        settings = Settings(home=home, **given)
    except ValidationError as error:
        raise _explained(error, origins, home / "recobro.toml") from error
    return InForce(settings, {key: origins.get(key, "default") for key in flatten(settings.model_dump())})


def idle_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that begin like those of a section and set nothing, most often for a letter too few."""
    begins = tuple(f"RECOBRO_{section.upper()}_" for section in Settings.model_fields if section != "home")
    return sorted({name for name in environ if name.startswith(begins)} - {name for _, name in _variables(environ)})


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping as `section.key` to value, in written order."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _from_file(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    if not path.is_file():
        return {}, {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} in TOML", str(error), "Mend the file, or remove it.") from error
    return given, dict.fromkeys(flatten(given), path.name)


def _refuse_key_in_file(origins: Mapping[str, str]) -> None:
    # Before anything is checked: an error would print the value.
    if "privacy.key" in origins:
        raise ConfigurationError(
            "the key of pseudonyms in RECOBRO_PRIVACY_KEY or a file of its own",
            f"`privacy.key` in {origins['privacy.key']}",
            "Put it into a file outside the data and name that as `privacy.key_file`.",
        )


def _paths() -> Iterator[tuple[str, ...]]:
    """Every key that a variable can set, as its path."""
    for section, field in Settings.model_fields.items():
        if section == "channels":
            yield from ((section, channel, key) for channel in CHANNELS for key in Channel.model_fields)
        else:
            yield from _keys_of(field.annotation, (section,))


def _keys_of(section: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every key of a section, those of the sections in it too."""
    for key, field in section.model_fields.items() if _is_section(section) else ():
        inner = (*path, key)
        yield from _keys_of(field.annotation, inner) if _is_section(field.annotation) else (inner,)


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The variables that are set, with the key each one sets; `_` and `__` both part the names."""
    for path in _paths():
        for joint in ("_", "__"):
            name = f"RECOBRO_{joint.join(path).upper()}"
            if name in environ:
                yield path, name


def _put(tree: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = tuple(part.strip() for part in value.split(",") if part.strip()) if path in _LISTS else value


def _explained(error: ValidationError, origins: Mapping[str, str], file: Path) -> ConfigurationError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    where = origins.get(key, file.name)
    in_file = where == file.name and file.is_file()
    line = f" line {toml_line(file.read_text(encoding='utf-8'), first['loc'])}" if in_file else ""
    if first["type"] == "extra_forbidden":
        return ConfigurationError("a known key", f"`{key}` in {where}{line}", "`recobro config` lists the known keys.")
    found = f"{first['input']!r} for `{key}` in {where}{line}"
    return ConfigurationError(f"a value where {first['msg'][0].lower()}{first['msg'][1:]}", found, f"Mend {where}.")
