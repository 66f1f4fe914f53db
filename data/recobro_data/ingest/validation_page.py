"""The validation report of a load: one page that needs nothing beside it, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from recobro_data.ingest.manifest import write_whole
from recobro_data.ingest.measures import Measure

_LONGEST: Final = 60


@dataclass(frozen=True)
class Finding:
    """What came of one expectation: `seen` rows were looked at, `unexpected` of them break it.

    A finding of the suite `measures` is about a table as a whole: `says` what was measured, `expected` and `found`.
    """

    table: str
    suite: str
    expectation: str
    about: str
    success: bool
    seen: int = 0
    unexpected: int = 0
    examples: list[str] = field(default_factory=list)
    rules: list[dict[Hashable, Any]] = field(default_factory=list)
    says: str = ""
    expected: str = ""
    found: str = ""

    @classmethod
    def from_result(cls, table: str, suite: str, seen: int, result: dict[str, Any]) -> Finding:
        """A finding from one result of Great Expectations as JSON."""
        config, outcome = result["expectation_config"], result["result"]
        about = config["kwargs"].get("column") or ", ".join(config["kwargs"].get("column_list", ()))
        examples = dict.fromkeys(str(value)[:_LONGEST] for value in outcome.get("partial_unexpected_list", ()))
        return cls(
            *(table, suite, config["type"], about, bool(result["success"]), seen),
            unexpected=int(outcome.get("unexpected_count", 0)),
            examples=list(examples)[:3],
        )

    @classmethod
    def from_measure(cls, table: str, measure: Measure, result: dict[str, Any]) -> Finding:
        """A finding from the result of one measure."""
        return cls(
            *(table, "measures", result["expectation_config"]["type"], measure.name, bool(result["success"])),
            says=measure.says,
            expected=_bounds(measure),
            found=_number(measure.value, measure.unit),
        )

    @property
    def sentence(self) -> str:
        """What a broken expectation says to a person."""
        if self.suite == "measures":
            if self.expected.endswith("times"):
                return f"{self.table}: expected {self.expected} what the last load had, found {self.says}"
            of = " of" if self.expected.endswith("%") else ""
            return f"{self.table}: expected {self.expected}{of} {self.says}, found {self.found}"
        if self.suite == "rules":
            return f"{self.table}: {self.rules[-1]['failed']:,} of {self.rules[-1]['rows']:,} rows were rejected"
        return f"{self.table}: {self.unexpected:,} of {self.seen:,} rows seen break {self.expectation} of {self.about}"


def _bounds(measure: Measure) -> str:
    most = _number(measure.most, measure.unit)
    if measure.least is None:
        return "no" if measure.most == 0 else f"at most {most}"
    return f"{measure.least:g} to {most}"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "nothing"
    match unit:
        case "share":
            return f"{round(value * 100, 2):g} %"
        case "times":
            return f"{value:,.3g} times"
        case _:
            return f"{value:,.0f}"


def write_report(folder: Path, findings: list[Finding]) -> Path:
    """Writes `validation.json` and `validation.html` and gives the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "load_id": folder.name,
        "success": all(finding.success for finding in findings if finding.suite != "measures"),
        "warnings": [finding.sentence for finding in findings if finding.suite == "measures" and not finding.success],
        "findings": [asdict(finding) for finding in findings],
    }
    write_whole(folder / "validation.json", json.dumps(content, indent=1, ensure_ascii=False))
    write_whole(folder / "validation.html", _page(folder.name, findings))
    return folder / "validation.html"


def load_warnings(page: Path) -> tuple[str, ...]:
    """The sentences that a load should say about the source as a whole; none where no report was written."""
    written = page.with_suffix(".json")
    return tuple(json.loads(written.read_text(encoding="utf-8"))["warnings"]) if written.is_file() else ()


def _page(load_id: str, findings: list[Finding]) -> str:
    tables: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        suites = tables.setdefault(finding.table, {"rows": [], "rules": [], "measures": []})
        suites[finding.suite].append(finding)
    for suites in tables.values():
        for suite in suites.values():
            suite.sort(key=lambda finding: finding.success)
    return _template().render(load_id=load_id, tables=tables, **_summary(findings))


def _summary(findings: list[Finding]) -> dict[str, Any]:
    broken = [finding for finding in findings if not finding.success]
    totals = [finding.rules[-1] for finding in findings if finding.suite == "rules"]
    return {
        "errors": [finding for finding in broken if finding.suite != "measures"],
        "warnings": [finding for finding in broken if finding.suite == "measures"],
        "read": sum(total["rows"] for total in totals),
        "rejected": sum(total["failed"] for total in totals),
        "held": sum(finding.success for finding in findings),
        "asked": len(findings),
    }


@cache
def _template() -> Any:
    from jinja2 import Environment

    text = (files("recobro_data") / "ingest" / "validation.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
