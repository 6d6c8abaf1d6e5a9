"""The files for Prometheus, Alertmanager and Grafana in deploy/ are sound, and fit one another and Seatwatch."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.command_line import ROOT
from tests.servers.installed import installed

DEPLOY = ROOT / "deploy"
PROMETHEUS = DEPLOY / "prometheus" / "prometheus.yml"
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yml"
SOURCES = sorted((DEPLOY / "grafana" / "provisioning" / "datasources").glob("*"))
PROVIDERS = sorted((DEPLOY / "grafana" / "provisioning" / "dashboards").glob("*"))

# Grafana's documented keys ("Provision Grafana", sections on data sources and dashboards), with the type of each value,
# and those of jsonData and secureJsonData that Prometheus and InfluxDB know.
SOURCE_KEYS: dict[str, type] = {
    **dict.fromkeys(("name", "type", "access", "orgName", "uid", "url", "user", "database", "basicAuthUser"), str),
    **dict.fromkeys(("orgId", "version"), int),
    **dict.fromkeys(("basicAuth", "withCredentials", "isDefault", "editable"), bool),
    **dict.fromkeys(("jsonData", "secureJsonData"), dict),
}
JSON_KEYS = {
    "prometheus": {"httpMethod": str, "timeInterval": str, "manageAlerts": bool, "prometheusType": str},
    "influxdb": {"version": str, "dbName": str, "httpMode": str, "timeInterval": str, "httpHeaderName1": str},
}
SECRET_KEYS = {"password": str, "basicAuthPassword": str, "httpHeaderValue1": str}
PROVIDER_KEYS: dict[str, type] = {
    **dict.fromkeys(("name", "orgName", "folder", "folderUid", "type"), str),
    **dict.fromkeys(("orgId", "updateIntervalSeconds"), int),
    **dict.fromkeys(("disableDeletion", "editable", "allowUiUpdates"), bool),
    "options": dict,
}


def _read(file: Path, *, uncommented: bool = False) -> Any:
    """Return what a YAML file says; *uncommented*: with the lines that are there to be switched on."""
    text = file.read_text()
    if uncommented:
        text = re.sub(
            r"^( *)# (?=(?:user|secureJsonData|  password|smtp_auth_\w+): ?)", r"\1", text, flags=re.MULTILINE
        )
    return yaml.safe_load(text)


def _amtool(*words: str | Path) -> str:
    """Return what amtool says of the configuration, which must go well."""
    done = subprocess.run(
        [installed("amtool", "prometheus-alertmanager"), *words], capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def _faults(found: Mapping[str, Any], keys: Mapping[str, type], where: str) -> list[str]:
    """Return what is not as documented."""
    return [f"{where}: {key}" for key, value in found.items() if not isinstance(value, keys.get(key, ()))]


def test_prometheus_takes_the_configuration() -> None:
    """Promtool finds nothing in the configuration."""
    done = subprocess.run(
        [installed("promtool", "prometheus"), "check", "config", PROMETHEUS],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_alertmanager_takes_the_configuration(tmp_path: Path) -> None:
    """Amtool finds nothing in the example, nor in it with a mail server that wants a password."""
    with_password = tmp_path / "alertmanager.yml"
    told = _read(ALERTMANAGER, uncommented=True)
    with_password.write_text(yaml.safe_dump(told))

    assert {"smtp_auth_username", "smtp_auth_password_file"} <= told["global"].keys()
    assert "SUCCESS" in _amtool("check-config", ALERTMANAGER)
    assert "SUCCESS" in _amtool("check-config", with_password)


def test_every_data_source_has_documented_keys_only() -> None:
    """Each key of each data source, those switched off too, is one that Grafana documents, with a value of its type."""
    faults = []
    for file in SOURCES:
        said = _read(file, uncommented=True)
        assert ({"apiVersion", "datasources"}, 1) == (said.keys(), said["apiVersion"])
        for source in said["datasources"]:
            faults += _faults(source, SOURCE_KEYS, file.name)
            faults += _faults(source["jsonData"], JSON_KEYS[source["type"]], f"{file.name}: jsonData")
            faults += _faults(source.get("secureJsonData", {}), SECRET_KEYS, f"{file.name}: secureJsonData")
            assert {"name", "uid", "type", "access", "url"} <= source.keys()

    assert ["influxdb1.yaml", "influxdb2.yaml", "prometheus.yaml"] == [file.name for file in SOURCES]
    assert [] == faults


def test_a_board_finds_its_data_whichever_influxdb_it_is() -> None:
    """Both forms of InfluxDB have one name and one uid, another than Prometheus, which is the default."""
    uids = {file.stem: [one["uid"] for one in _read(file)["datasources"]] for file in SOURCES}
    default = {file.stem for file in SOURCES if _read(file)["datasources"][0].get("isDefault")}

    assert uids["influxdb1"] == uids["influxdb2"] == ["seatwatch-influxdb"]
    assert ["seatwatch-prometheus"] == uids["prometheus"]
    assert {"prometheus"} == default


def test_every_provider_has_documented_keys_only() -> None:
    """Each key of the provider of boards is one that Grafana documents, with a value of its type."""
    (file,) = PROVIDERS
    said = _read(file)

    assert ({"apiVersion", "providers"}, 1) == (said.keys(), said["apiVersion"])
    assert [] == [fault for one in said["providers"] for fault in _faults(one, PROVIDER_KEYS, file.name)]
    assert [{"path"}] == [one["options"].keys() for one in said["providers"]]


def test_no_secret_stands_in_a_file() -> None:
    """A password or token is named by the file that holds it, and never written down."""
    secrets = [
        value
        for file in SOURCES
        for source in _read(file, uncommented=True)["datasources"]
        for value in source.get("secureJsonData", {}).values()
    ]
    mail = _read(ALERTMANAGER, uncommented=True)["global"]

    assert 2 == len(secrets)
    assert all(re.fullmatch(r"(Token )?\$__file\{/etc/grafana/[\w-]+\}", value) for value in secrets)
    assert {"smtp_auth_password_file"} == {key for key in mail if "password" in key}


def test_addresses_are_of_this_machine_and_fit() -> None:
    """What is scraped, alerted and asked listens on this machine, at the address that each side names for the other."""
    prometheus, seatwatch = _read(PROMETHEUS), _read(ROOT / "config.yaml")
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in prometheus["scrape_configs"]}
    alerted = prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    asked = {one["type"]: one["url"] for file in SOURCES for one in _read(file)["datasources"]}

    assert [seatwatch["prometheus"]["listen"]] == jobs["seatwatch"]
    assert alerted == jobs["alertmanager"]
    assert [asked["prometheus"].removeprefix("http://")] == jobs["prometheus"]
    assert f"# url: {asked['influxdb']}" in re.sub(r"#\s+", "# ", (ROOT / "config.yaml").read_text())
    assert {"127.0.0.1"} == {target.partition(":")[0] for targets in jobs.values() for target in targets}


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [("severity=critical", "licences"), ("severity=warning", "licences"), ("severity=info", "licences")],
)
def test_every_severity_reaches_somebody(labels: str, receiver: str) -> None:
    """Whatever its severity, an alert has a receiver."""
    assert f"{receiver}\n" == _amtool("config", "routes", "test", "--config.file", ALERTMANAGER, labels)
