"""The file of rules: what it names exists, and the one that is shipped is the one that is made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from exporter.alerting.conditions import CONDITIONS
from exporter.alerting.document import rules_document
from exporter.alerting.groups import GROUPS
from exporter.catalog.alerts import ALERTS, Alert
from exporter.catalog.metrics import METRICS
from exporter.config.alerts import alert_settings_of
from exporter.config.loading import load
from exporter.tuning import AlertSettings
from exporter.watching import FORMATS
from tests.e2e.command_line import called, told

SHIPPED = Path("deploy") / "prometheus" / "rules" / "seatwatch.yml"
METRIC = re.compile(r"\b(?:licence|seatwatch|transfer)_\w+")


def test_the_shipped_rules_are_those_of_the_example(root: Path) -> None:
    """The rules in deploy/ are what `rules build` makes of config.yaml; if not, it was forgotten."""
    settings = alert_settings_of(load(root / "config.yaml", FORMATS).alerts)
    assert (root / SHIPPED).read_text("utf-8") == rules_document(settings)


def test_the_shipped_rules_are_well(root: Path, promtool: str) -> None:
    """`promtool check rules` has nothing to say about them, and counts a rule for each alert."""
    ran = subprocess.run([promtool, "check", "rules", root / SHIPPED], capture_output=True, text=True, check=False)
    assert (0, "") == (ran.returncode, ran.stderr)
    assert f"SUCCESS: {len(ALERTS)} rules found" in ran.stdout


def test_every_metric_in_a_rule_is_in_the_catalog() -> None:
    """No rule asks for a metric that Seatwatch doesn't show."""
    document = yaml.safe_load(rules_document(AlertSettings()))
    asked = {name for group in document["groups"] for rule in group["rules"] for name in METRIC.findall(rule["expr"])}
    assert len(asked) > 15
    assert set() == asked - {metric.name for metric in METRICS}


def test_every_alert_asks_something_and_has_its_group() -> None:
    """The catalog, the conditions and the groups name the same alerts, each once."""
    names = [alert.name for alert in ALERTS]
    assert sorted(set(names)) == sorted(names)
    assert set(names) == set(CONDITIONS) == {alert.name for alerts in GROUPS.values() for alert in alerts}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_says_what_and_what_to_do(alert: Alert) -> None:
    """Each rule has a summary, a description that says since when and what to do, and no braces of ours left."""
    document = yaml.safe_load(rules_document(AlertSettings(dashboards_url="http://g")))
    (rule,) = (rule for group in document["groups"] for rule in group["rules"] if rule["alert"] == alert.name)
    words = rule["annotations"]
    assert {"summary", "description", "dashboard"} == set(words)
    assert words["description"].startswith(words["summary"])
    assert words["description"].endswith(alert.advice)
    assert "since {{" in words["description"]
    assert [] == re.findall(r"(?<!\{)\{\w+\}(?!\})", words["summary"])


def test_the_settings_of_the_page_are_taken(root: Path, promtool: str, tmp_path: Path) -> None:
    """The example in docs/alerts.md is a well section, and promtool finds nothing in its rules, no two alike either."""
    (section,) = re.findall(r"```yaml\n(alerts:\n.*?)```", (root / "docs" / "alerts.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "config.yaml").write_text(
        "site: {name: e, timezone: UTC}\nledger: {path: l.db}\n"
        "products: [{name: Acorn, members: [{server: lic1, vendor: v, feature: f}]}]\n"
        "sources:\n"
        "  - {name: one, format: flexlm, server: lic1, paths: [one.log]}\n"
        "  - {name: two, format: flexlm, server: test-lic, paths: [two.log]}\n"
        f"  - {{name: old-archive, format: flexlm, server: lic1, paths: [old/one.log]}}\n{section}"
    )
    called(tmp_path, "rules", "build", "--out", "rules.yml")
    ran = subprocess.run(
        [promtool, "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True, check=False
    )
    assert (0, "") == (ran.returncode, ran.stderr)
    assert f"SUCCESS: {len(ALERTS) + 2} rules found" in ran.stdout
    assert "duplicate" not in ran.stdout


def test_the_command_writes_what_it_is_asked_for(tmp_path: Path) -> None:
    """`rules build` prints the rules, and with --out puts them into a file, in the place of an older one."""
    (tmp_path / "config.yaml").write_text(
        "site: {name: e, timezone: UTC}\nledger: {path: l.db}\n"
        "sources: [{name: one, format: flexlm, server: lic1, paths: [one.log]}]\n"
        "alerts: {team: cad, rules: ["
        "{alert: saturated, server: lic1, vendor: v, feature: 'f \u00e4', threshold: 70}]}\n"
    )
    printed = told(called(tmp_path, "rules", "build"))
    (tmp_path / "rules.yml").write_text("old")
    ran = called(tmp_path, "rules", "build", "--out", "rules.yml")
    assert (0, "") == (ran.status, ran.out)
    assert "rules.yml is written." in ran.err
    assert printed == (tmp_path / "rules.yml").read_text("utf-8")
    rules = yaml.safe_load(printed)["groups"][0]["rules"]
    assert {"server": "lic1", "vendor": "v", "feature": "f \u00e4", "severity": "warning", "team": "cad"} == rules[0][
        "labels"
    ]
    assert ">= 70" in rules[0]["expr"]
