"""What the configuration says of alerts is what the rules do: for whom, from when on, told to whom, in which words."""

from __future__ import annotations

from pathlib import Path

import yaml

from exporter.alerting.document import rules_document
from exporter.alerting.promql import quoted
from exporter.alerting.resolving import threshold_for_graphs
from exporter.catalog.alerts import ALERTS, DAY, KEYS
from exporter.tuning import AlertSettings, Tuning
from tests.unit.alerting.rules_tried import SCRAPE, Values, calm, fires

ODD = 'od{{d}} "na\\me", $5 \u00e4 {{ .Value }} &var-x=1'
LABELS = ("server", "vendor", "feature")


def of(*names: str) -> str:
    """Return labels of a series of a feature."""
    return ",".join((SCRAPE, *(f"{label}={quoted(name)}" for label, name in zip(LABELS, names, strict=True))))


def levels(in_use: dict[tuple[str, str, str], int]) -> dict[str, Values]:
    """Return features with so many of a hundred seats in use for an hour, in a world where all else is well."""
    world = calm(60)
    for names, level in in_use.items():
        world[f"licence_feature_in_use{{{of(*names)}}}"] = [level] * 60
        world[f"licence_feature_issued{{{of(*names)}}}"] = [100] * 60
    return world


def told(names: tuple[str, str, str], level: int, **labels: str) -> dict[str, object]:
    """Return what is told of a feature that has been saturated since the first minute."""
    server, vendor, feature = names
    said = f"{level} % of the seats of {feature} ({vendor} on {server}) are in use."
    advice = next(alert.advice for alert in ALERTS if alert.name == "LicenceSaturated")
    since = "It has been so since 1970-01-01 00:00:00 +0000 UTC."
    link = labels.pop("link", None)
    return {
        "exp_labels": {"job": "seatwatch", "instance": "here", **dict(zip(LABELS, names, strict=True)), **labels},
        "exp_annotations": {"summary": said, "description": f"{said} {since} {advice}"}
        | ({"dashboard": link} if link else {}),
    }


def test_an_entry_is_about_those_that_it_names(promtool: str, tmp_path: Path) -> None:
    """Thresholds, severity, team, and what is switched off are of the first entry that fits, else of all."""
    settings = AlertSettings(
        tunings=(
            Tuning("saturated", {}, threshold=80, severity="info"),
            Tuning("saturated", {"server": "lic1", "feature": "off"}, enabled=False),
            Tuning("saturated", {"server": "lic1", "vendor": "v", "feature": "low"}, threshold=50, team="cad"),
            Tuning("saturated", {"server": "lic1"}, threshold=95, severity="critical"),
            Tuning("saturated", {"product": "Acorn"}, threshold=50),
        ),
        team="licences",
    )
    world = levels(
        {
            ("lic1", "v", "off"): 99,
            ("lic1", "v", "low"): 60,
            ("lic1", "v", "high"): 94,
            ("lic1", "v", "higher"): 96,
            ("lic2", "v", "low"): 79,
            ("lic2", "v", "off"): 81,
        }
    )
    alerts = [
        told(("lic1", "v", "low"), 60, severity="info", team="cad"),
        told(("lic1", "v", "higher"), 96, severity="critical", team="licences"),
        told(("lic2", "v", "off"), 81, severity="info", team="licences"),
    ]
    single = {"eval_time": "30m", "alertname": "LicenceSaturated", "exp_alerts": alerts}
    product = {"eval_time": "30m", "alertname": "LicenceProductSaturated"}
    labels = {"job": "seatwatch", "instance": "here", "product": "Acorn", "severity": "info", "team": "licences"}
    said = "50 % of the seats of the product Acorn are in use."
    description = f"{said} It has been so since 1970-01-01 00:00:00 +0000 UTC. {ALERTS[1].advice}"
    product["exp_alerts"] = [{"exp_labels": labels, "exp_annotations": {"summary": said, "description": description}}]
    fires(promtool, tmp_path, world, {}, settings, [single, product])


def test_names_of_any_kind_survive(promtool: str, tmp_path: Path) -> None:
    """Quotes, dollars, braces, backslashes and letters of anywhere come through expression, labels, text and link."""
    settings = AlertSettings(
        tunings=(Tuning("saturated", {"server": ODD, "vendor": "v", "feature": ODD}, threshold=50, team=ODD),),
        dashboards_url="https://grafana.example.org/{{x}}/",
    )
    encoded = "od%7B%7Bd%7D%7D+%22na%5Cme%22%2C+%245+%C3%A4+%7B%7B+.Value+%7D%7D+%26var-x%3D1"
    board = "https://grafana.example.org/{{x}}/d/seatwatch-feature"
    single = {
        "eval_time": "30m",
        "alertname": "LicenceSaturated",
        "exp_alerts": [
            told(
                (ODD, "v", ODD), 60, severity="warning", team=ODD,
                link=f"{board}?var-server={encoded}&var-vendor=v&var-feature={encoded}",
            ),
            told(
                ("lic1", "v", ODD), 91, severity="warning",
                link=f"{board}?var-server=lic1&var-vendor=v&var-feature={encoded}",
            ),
        ],
    }  # fmt: skip
    world = levels({(ODD, "v", ODD): 60, ("lic1", "v", ODD): 91, ("lic1", ODD, "v"): 60})
    fires(promtool, tmp_path, world, {}, settings, [single])


def test_whatever_is_switched_off_leaves_no_rule() -> None:
    """With every alert switched off there are no rules, and no empty groups."""
    settings = AlertSettings(tuple(Tuning(key, {}, enabled=False) for key in KEYS))
    assert {"groups": []} == yaml.safe_load(rules_document(settings))


def test_graphs_are_drawn_by_the_same_thresholds() -> None:
    """Those for graphs are those at which the alerts fire, of all that no entry names; the catalog's where none is."""
    settings = AlertSettings(
        (
            Tuning("saturated", {"server": "lic1", "feature": "f"}, threshold=70),
            Tuning("saturated", {"product": "Acorn"}, threshold=95),
            Tuning("saturated", {}, threshold=85),
        )
    )
    assert 85 == threshold_for_graphs("saturated", settings)
    assert 30 * DAY == threshold_for_graphs("expires", settings)
