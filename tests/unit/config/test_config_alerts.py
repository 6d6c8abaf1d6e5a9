"""The section `alerts` of config.yaml: what it becomes, and the sentence that each of its faults is told with."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.alerts import alert_settings_of
from exporter.config.loading import load
from exporter.errors import ConfigError
from exporter.tuning import AlertSettings, Tuning

WELL = """\
site: {name: example, timezone: UTC}
ledger: {path: var/ledger.db}
sources: [{name: one, format: flexlm, server: lic1, paths: ["logs/one.log*"]}]
products: [{name: Acorn, members: [{server: lic1, vendor: v, feature: f}]}]
influxdb: [{name: main, url: "http://127.0.0.1:8086"}]
"""


def taken(folder: Path, alerts: str) -> AlertSettings:
    """Return what rules are made from."""
    (folder / "config.yaml").write_text(f"{WELL}alerts: {alerts}\n")
    return alert_settings_of(load(folder / "config.yaml", {"flexlm"}).alerts)


def test_without_a_word_all_is_as_the_catalog_says(tmp_path: Path) -> None:
    """An empty section is no section: nothing is set, nothing is linked."""
    assert AlertSettings() == taken(tmp_path, "{}") == taken(tmp_path, "")


def test_every_key_is_taken(tmp_path: Path) -> None:
    """Thresholds are taken in the unit of their alert, durations as seconds, names as whom the entry is about."""
    alerts = """
  dashboards_url: https://grafana.example.org/g
  team: licences
  job: seats
  rules:
    - {alert: saturated, server: lic1, vendor: v, feature: f, threshold: 75, for: 5m, severity: info, team: cad}
    - {alert: saturated, product: Acorn, threshold: 100}
    - {alert: expires, threshold: 60d}
    - {alert: denied, threshold: 20, window: 4h, enabled: false}
    - {alert: sink_behind, sink: main, tier: live, threshold: 90}
    - {alert: gap, source: one, enabled: false}
"""
    expected = AlertSettings(
        tunings=(
            Tuning("saturated", {"server": "lic1", "vendor": "v", "feature": "f"}, 75, None, 300, "info", "cad"),
            Tuning("saturated", {"product": "Acorn"}, 100),
            Tuning("expires", {}, 60 * 86400),
            Tuning("denied", {}, 20, 4 * 3600, enabled=False),
            Tuning("sink_behind", {"sink": "main", "tier": "live"}, 90),
            Tuning("gap", {"source": "one"}, enabled=False),
        ),
        team="licences",
        dashboards_url="https://grafana.example.org/g",
        job="seats",
    )
    assert expected == taken(tmp_path, alerts)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("alert: saturatd", '.alert: "saturatd" is not known; allowed: saturated, exhausted, denied,'),
        ("threshold: 3", ".alert: is missing"),
        ("alert: saturated, threshold: 101", ".threshold: 101 must be a whole number: percent, 1 to 100"),
        ("alert: saturated, threshold: 0.9", ".threshold: 0.9 must be a whole number: percent, 1 to 100"),
        ("alert: saturated, threshold: true", ".threshold: true must be a whole number: percent, 1 to 100"),
        ("alert: denied, threshold: 0", ".threshold: 0 must be a whole number: 1 or more"),
        ("alert: expires, threshold: soon", '.threshold: "soon" is not a duration; write seconds, or'),
        ("alert: server_down, threshold: 3", ".threshold: is nothing that the alert server_down has"),
        ("alert: saturated, window: 1h", ": has a window, and the alert saturated does not look back"),
        ("alert: denied, window: 0", ".window: 0 must be at least 1"),
        ("alert: saturated, severity: high", '.severity: "high" is not known; allowed: critical, warning, info'),
        ("alert: saturated, off: true", ": has a key that is not text in line 8"),
        ("alert: saturated, fore: 5m", '.fore: unknown key; did you mean "for"?'),
        (
            "alert: saturated, source: one",
            ": names source, and the alert saturated tells its cases apart by server and vendor and feature or by prod",
        ),
        (
            "alert: saturated, product: Acorn, server: lic1",
            ": names server, product, and the alert saturated tells its cases apart by",
        ),
        ("alert: disk_full, server: lic1", ": names server, and the alert disk_full has one case only"),
        ("alert: server_down, server: lic2", '.server: "lic2" is the server of no source; did you mean "lic1"?'),
        ("alert: saturated, product: Acron", '.product: "Acron" is the name of none of the products; did you mean'),
        ("alert: gap, source: two", '.source: "two" is the name of none of the sources'),
        ("alert: sink_behind, sink: mian", '.sink: "mian" is the name of none of the influxdb; did you mean "main"?'),
    ],
)
def test_each_fault_is_told_with_its_key(tmp_path: Path, rule: str, told: str) -> None:
    """A wrong entry is told in one sentence that names its line and key."""
    with pytest.raises(ConfigError) as raised:
        taken(tmp_path, f"\n  rules:\n    - {{{rule}}}")
    assert f"{tmp_path}/config.yaml:8: alerts.rules[0]{told}" in str(raised.value)


def test_two_entries_about_the_same_are_a_fault(tmp_path: Path) -> None:
    """Whom one entry is about no other one of its alert may be about; what differs stands beside one another."""
    rules = "[{alert: gap, source: one}, {alert: denied}, {alert: gap}, {alert: gap, source: one, enabled: false}]"
    with pytest.raises(ConfigError, match=r"alerts\.rules\[3\]: is about the same as rules\[0\]; make one entry of it"):
        taken(tmp_path, f"{{rules: {rules}}}")
    taken(tmp_path, "{rules: [{alert: gap, source: one}, {alert: denied}, {alert: gap}]}")


@pytest.mark.parametrize("url", ["grafana", "ftp://h", "http://user:secret@h", "http://h/?orgId=1"])
def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path, url: str) -> None:
    """The address of Grafana is one of HTTP, without a user, a password or a query; a secret in it isn't repeated."""
    with pytest.raises(ConfigError, match=r"alerts\.dashboards_url") as raised:
        taken(tmp_path, f"{{dashboards_url: '{url}'}}")
    assert "secret" not in str(raised.value)
