"""Reading a strategy file and its templates, checked as one; and the version that names their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from recobro_data.errors import ConfigurationError
from recobro_data.vocabulary import LANGUAGES, STAGES
from recobro_models.decision.strategies.form import GENTLE, Offer, Strategy, StrategyFile
from recobro_models.decision.strategies.located import Located, read_located
from recobro_models.decision.strategies.offer_words import offer_text
from recobro_models.decision.strategies.templates import FAMILIES, Occasion, Templates

#: The strategies and templates that recobro ships lie beside this module.
_SHIPPED: Final = Path(__file__).parent
STRATEGY_FILE: Final = "strategies.yaml"
#: Folder of the templates, beside the strategy file and among the files of `find_strategy_files`.
_TEMPLATES: Final = "templates/"
#: Folder of the strategies among a plan's files.
AMONG: Final = "strategies/"


@dataclass(frozen=True)
class Strategies:
    """Strategies in force: the checked file, its templates, and the version that names both."""

    form: StrategyFile
    templates: Templates
    version: str

    def offers_of(self, strategy: Strategy) -> tuple[Offer, ...]:
        """The offers that a strategy may make, in its order."""
        by_id = {offer.id: offer for offer in self.form.offers}
        return tuple(by_id[name] for name in strategy.offers)


def find_strategy_files(home: Path) -> dict[str, Path]:
    """Where the strategies of a workspace lie, by name: `strategies.yaml` and `templates/…`.

    Without a `strategies.yaml` of its own the shipped one is in force; its own templates add to the shipped ones.

    Raises:
        ConfigurationError: a template of the workspace has the name of a shipped one.
    """
    own = home / STRATEGY_FILE
    shipped = {path.name: path for path in (_SHIPPED / _TEMPLATES).glob("*.jinja")}
    added = {path.name: path for path in (home / _TEMPLATES).glob("*.jinja")}
    twice = sorted(set(shipped) & set(added))
    if twice:
        next_step = 'Give it another first word, begin it with {% extends "' + twice[0] + '" %}, and name that word.'
        raise ConfigurationError("templates with names of their own", f"{_TEMPLATES}{twice[0]}", next_step)
    templates = {f"{_TEMPLATES}{name}": path for name, path in sorted((shipped | added).items())}
    return {STRATEGY_FILE: own if own.is_file() else _SHIPPED / "default.yaml", **templates}


def load_strategies(home: Path, *, file: Path | None = None) -> Strategies:
    """The strategies of a workspace; `file`: another strategy file with its templates.

    Raises:
        ConfigurationError: a file that can not be read or is not in its form; the sentence names file and line.
    """
    return read_strategies(strategy_texts(home, file), name=str(file or STRATEGY_FILE))


def strategy_texts(home: Path, file: Path | None = None) -> dict[str, str]:
    """The texts of `find_strategy_files`, with another strategy file where one is given.

    Raises:
        ConfigurationError: a file that can not be read.
    """
    paths = find_strategy_files(home) | ({STRATEGY_FILE: file} if file else {})
    return {name: _text(path) for name, path in paths.items()}


def strategies_among(files: Mapping[str, str]) -> Strategies | None:
    """The strategies among the files of a plan, which lie there under `strategies/`; None where it had none."""
    own = {name.removeprefix(AMONG): text for name, text in files.items() if name.startswith(AMONG)}
    return read_strategies(own) if own else None


def read_strategies(files: Mapping[str, str], *, name: str = STRATEGY_FILE) -> Strategies:
    """Strategies from the texts of `find_strategy_files`; `name` is how errors call the strategy file.

    Raises:
        ConfigurationError: a text that is not in its form; the sentence names file and line.
    """
    located = read_located(files[STRATEGY_FILE], name)
    try:
        form = StrategyFile.model_validate(located.data)
    except ValidationError as error:
        raise located.explain(error) from error
    for path, found in _disagreements(form):
        raise located.error(path, found)
    texts = {key.removeprefix(_TEMPLATES): text for key, text in files.items() if key.startswith(_TEMPLATES)}
    strategies = Strategies(form, Templates.read(texts), _version(files))
    _check_templates(strategies, located)
    return strategies


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "a file in UTF-8", f"{path.name}: {error}", "Mend the file, or name another."
        ) from error


def _version(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return f"strategy-{digest.hexdigest()[:12]}"


def _disagreements(form: StrategyFile) -> Iterator[tuple[tuple[Any, ...], str]]:
    """What no single value is wrong in: where, and what is found."""
    yield from _repeated("offers", [offer.id for offer in form.offers])
    yield from _repeated("strategies", [one.id for one in form.strategies])
    known = {offer.id for offer in form.offers}
    taken: dict[str, str] = {}
    for place, one in enumerate(form.strategies):
        for which, name in enumerate(one.offers):
            if name not in known:
                yield ("strategies", place, "offers", which), f"no offer {name!r} under `offers`"
        over = [stage for stage in one.stages if stage in taken]
        if len(over) == len(one.stages):
            yield ("strategies", place), f"{one.id!r} is never reached: {taken[over[0]]!r} takes everybody before it"
        if one.segment.is_everybody:
            taken |= {stage: one.id for stage in one.stages if stage not in taken}
    for stage in STAGES:
        if stage not in taken:
            yield (
                ("strategies",),
                f"no strategy without a segment for the stage {stage!r}: some debtors would have none",
            )


def _repeated(section: str, names: list[str]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield (section, place, "id"), f"the id {name!r} stands twice"


def _check_templates(strategies: Strategies, located: Located) -> None:
    """Every text that a strategy can ask for is there, and can be written."""
    for place, one in enumerate(strategies.form.strategies):
        for family in sorted({FAMILIES[channel] for channel in one.channels}):
            for language in LANGUAGES:
                name = f"{one.template}.{family}.{language}.jinja"
                if name not in strategies.templates.names:
                    at = ("strategies", place, "template" if one.template != "standard" else "id")
                    raise located.error(at, f"no template {_TEMPLATES}{name} for `{one.id}`")
        for occasion in _occasions(strategies, one):
            strategies.templates.render(occasion)


def _occasions(strategies: Strategies, one: Strategy) -> Iterator[Occasion]:
    for channel in one.channels:
        for language in LANGUAGES:
            texts = [None, *(offer_text(offer, language) for offer in strategies.offers_of(one))]
            for stage in one.stages:
                for tone, text in product((one.tone, GENTLE), texts):
                    yield from (
                        Occasion(one.template, stage, channel, tone, language, text, due) for due in ("", "due")
                    )
