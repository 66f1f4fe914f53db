"""The validation report of a load: one page that needs nothing beside it, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from recobro_data.ingest.manifest import write_whole

_LONGEST: Final = 60


@dataclass(frozen=True)
class Finding:
    """What came of one expectation: `seen` rows were looked at, `unexpected` of them break it."""

    table: str
    suite: str
    expectation: str
    about: str
    success: bool
    seen: int = 0
    unexpected: int = 0
    examples: list[str] = field(default_factory=list)
    rules: list[dict[Hashable, Any]] = field(default_factory=list)

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


def write_report(folder: Path, findings: list[Finding]) -> Path:
    """Writes `validation.json` and `validation.html` and gives the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    success = all(finding.success for finding in findings)
    content = {"load_id": folder.name, "success": success, "findings": [asdict(finding) for finding in findings]}
    write_whole(folder / "validation.json", json.dumps(content, indent=1, ensure_ascii=False))
    write_whole(folder / "validation.html", _page(folder.name, findings))
    return folder / "validation.html"


def _page(load_id: str, findings: list[Finding]) -> str:
    from jinja2 import Environment

    tables: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        tables.setdefault(finding.table, {"rows": [], "rules": []})[finding.suite].append(finding)
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_TEMPLATE)
    return page.render(load_id=load_id, tables=tables, success=all(finding.success for finding in findings))


_TEMPLATE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Validation of load {{ load_id }}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1d2330;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde1e8;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.held{color:#14713b}.broken{color:#a11a1a;font-weight:600}
code{font-size:.9em}
</style></head><body>
<h1>Validation of load {{ load_id }}</h1>
<p class="{{ 'held' if success else 'broken' }}">{{ 'Every expectation holds.' if success
   else 'Some expectations do not hold.' }}</p>
{% for table, suites in tables.items() %}
{% set rules = suites.rules[0].rules %}
<h2>{{ table }}</h2>
<p>{{ rules[-1].rows }} rows read, {{ rules[-1].failed }} rejected.</p>
<h3>Rules, counted over every row</h3>
<table><tr><th>rule<th>column<th>says<th class="n">rejected<th class="n">share</tr>
{% for rule in rules if rule.failed or rule.rule == 'any rule' %}
<tr><td>{{ rule.rule }}<td><code>{{ rule.column }}</code><td>{{ rule.message }}
<td class="n">{{ rule.failed }}<td class="n">{{ '%.2f' | format(rule.share * 100) }} %</tr>
{% endfor %}
</table>
<h3>Great Expectations, on {{ suites.rows[0].seen }} of {{ rules[-1].rows }} rows</h3>
<table><tr><th>expectation<th>column<th>result<th class="n">unexpected<th>such as</tr>
{% for finding in suites.rows %}
<tr><td><code>{{ finding.expectation }}</code><td><code>{{ finding.about }}</code>
<td class="{{ 'held' if finding.success else 'broken' }}">{{ 'holds' if finding.success else 'broken' }}
<td class="n">{{ finding.unexpected }}<td>{{ finding.examples | join(', ') }}</tr>
{% endfor %}
</table>
{% endfor %}
</body></html>
"""
