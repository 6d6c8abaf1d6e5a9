"""deploy/compose is sound and safe, and names nothing that isn't there; no Docker is needed to see that."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft201909Validator

from exporter import __version__
from exporter.ledger.place import FOLDER_MODE
from tests.e2e.command_line import DEADLINE, ROOT, called, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.servers.influxdb2 import ORG, TOKEN, FakeInfluxdb2, served
from tests.servers.installed import installed
from tests.servers.openapi import Description

COMPOSE = ROOT / "deploy" / "compose"
FILE = (COMPOSE / "compose.yaml").read_text()
SPEC = yaml.safe_load(FILE)
SERVICES: dict[str, dict[str, Any]] = SPEC["services"]
DOCKERFILE = (COMPOSE / "Dockerfile").read_text()
PAGE = (ROOT / "docs" / "deploying.md").read_text()

# What a stand-in for `docker compose` does: it writes down how it was called, and answers as InfluxDB's command line.
DOCKER = """\
#!/bin/sh
echo "$@" >>calls
case "$*" in
    *'bucket list'*)
        printf '%s\\tlicences/%s\\t840h0m0s\\t24h0m0s\\tf00\\timplicit\\n' 0a1 live 0a2 hourly
        printf '0a3\\tother\\tinfinite\\n'
        ;;
    *'auth create'*) printf '{\\n\\t"id": "0b1",\\n\\t"token": "made-%s==",\\n\\t"status": "active"\\n}\\n' \
        "$(wc -l <calls)" ;;
esac
"""


def _mounts() -> list[tuple[str, str]]:
    """Return source and target of every mount."""
    mounts = [volume for service in SERVICES.values() for volume in service.get("volumes", ())]
    return [(where[0], where[1]) for one in mounts if (where := re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", one).split(":"))]


def test_the_file_is_as_compose_wants_it() -> None:
    """The schema of Compose files finds nothing, and would find a key that there isn't."""
    check = Draft201909Validator(json.loads((ROOT / "tests" / "schemas" / "compose_spec.json").read_text()))

    assert [] == [error.message for error in check.iter_errors(SPEC)]
    assert not check.is_valid({"services": {"seatwatch": {"imagee": "x"}}})


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_little_harm(name: str) -> None:
    """It is no root's, writes nowhere but in its volumes, gains no rights, and is reached on this machine only."""
    service = SERVICES[name]

    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])
    assert (True, ["ALL"], ["no-new-privileges:true"]) == (
        service["read_only"],
        service["cap_drop"],
        service["security_opt"],
    )
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert service.keys().isdisjoint({"privileged", "cap_add", "network_mode", "pid", "devices"})


def test_every_long_running_service_tells_how_it_does() -> None:
    """All but what ends by itself and the demonstration have a health check."""
    assert {"setup", "demo"} == {name for name, service in SERVICES.items() if "healthcheck" not in service}


def test_every_path_is_there() -> None:
    """Each file and folder that is mounted, built from or a secret exists, is a volume, or is made by set-up."""
    volumes = {source for source, _ in _mounts() if re.fullmatch(r"[\w-]+", source)}
    paths = [source for source, _ in _mounts() if source not in volumes]
    build = SERVICES["seatwatch"]["build"]
    secrets = {name: secret["file"] for name, secret in SPEC["secrets"].items()}
    set_up = (COMPOSE / "set-up").read_text()

    assert SPEC["volumes"].keys() == volumes
    assert [] == [path for path in paths if not (COMPOSE / path).exists()]
    assert (ROOT, True) == ((COMPOSE / build["context"]).resolve(), (ROOT / build["dockerfile"]).is_file())
    assert {name: f"secrets/{name}" for name in secrets} == secrets
    assert [] == [name for name in secrets if name not in set_up]
    assert secrets.keys() == {secret for service in SERVICES.values() for secret in service.get("secrets", ())}


def test_every_port_is_one_that_something_listens_on() -> None:
    """The port of each service is the one that its configuration, or who asks it, names."""
    ports = {name: service["ports"][0].split(":")[1:] for name, service in SERVICES.items() if "ports" in service}
    seatwatch = yaml.safe_load((COMPOSE / "seatwatch.yaml").read_text())
    scraped = (COMPOSE / "prometheus.yml").read_text()

    assert {name: [inside, inside] for name, (_, inside) in ports.items()} == ports
    assert f":{ports['seatwatch'][1]}" == seatwatch["prometheus"]["listen"]
    for name in ("seatwatch", "alertmanager"):
        assert f'["{name}:{ports[name][1]}"]' in scraped
    assert f"http://127.0.0.1:{ports['grafana'][1]}" in PAGE
    for name, (_, port) in ports.items():
        assert f"127.0.0.1:{port}" in " ".join(SERVICES[name]["healthcheck"]["test"])


def test_every_tag_is_pinned_and_told() -> None:
    """Each image has a whole version, which the page on deploying names; that of Seatwatch is this version."""
    images = {service["image"] for service in SERVICES.values()} | set(
        re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    )

    assert {image for image in images if re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+(-[\w-]+)?", image)} == images
    assert set() == {image for image in images if f"`{image}`" not in PAGE}
    assert f"seatwatch:{__version__}" in images


def test_every_variable_is_told() -> None:
    """What the file takes from the environment is in env.example, with which it is whole; what it sets is told of."""
    taken = set(re.findall(r"\$\{(\w+)", FILE))
    given = set(re.findall(r"^(\w+)=", (COMPOSE / "env.example").read_text(), re.MULTILINE))
    set_ = {name for service in SERVICES.values() for name in service.get("environment", ())}

    assert taken == given
    assert set() == {name for name in set_ if f"`{name}`" not in PAGE}


def test_no_secret_is_in_a_file() -> None:
    """A secret is named by the file that holds it, in configuration and environment, and git never sees it."""
    environment = [item for service in SERVICES.values() for item in service.get("environment", {}).items()]
    seatwatch = yaml.safe_load((COMPOSE / "seatwatch.yaml").read_text())

    for name, value in environment:
        if re.search(r"PASSWORD|TOKEN", name):
            assert name.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in SPEC["secrets"]
    assert "/run/secrets/influxdb-token" == seatwatch["influxdb"][0]["token_file"]
    assert {"/deploy/compose/secrets/", "/deploy/compose/.env"} <= {*(ROOT / ".gitignore").read_text().splitlines()}


def test_the_files_for_containers_are_those_for_hosts() -> None:
    """Prometheus and Grafana are configured as on a host, but for the names of hosts and the place of the token."""
    names = {"seatwatch:9877": "127.0.0.1:9877", "alertmanager:9093": "127.0.0.1:9093"}
    names |= {"prometheus:9090": "127.0.0.1:9090", "influxdb:8086": "127.0.0.1:8086"}
    names |= {"/run/secrets/grafana-influxdb-token": "/etc/grafana/influxdb-token"}

    def on_a_host(file: Path) -> Any:
        text = file.read_text()
        for inside, outside in names.items():
            text = text.replace(inside, outside)
        return yaml.safe_load(text)

    sources = ROOT / "deploy" / "grafana" / "provisioning" / "datasources"
    hosts = [yaml.safe_load((sources / name).read_text()) for name in ("prometheus.yaml", "influxdb2.yaml")]
    assert yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text()) == on_a_host(
        COMPOSE / "prometheus.yml"
    )
    assert {"apiVersion": 1, "datasources": [*hosts[0]["datasources"], *hosts[1]["datasources"]]} == on_a_host(
        COMPOSE / "grafana-datasources" / "seatwatch.yaml"
    )
    (provider,) = yaml.safe_load((sources.parent / "dashboards" / "seatwatch.yaml").read_text())["providers"]
    assert provider["options"]["path"] in {target for _, target in _mounts()}


def test_the_first_bucket_is_as_setup_would_make_it() -> None:
    """InfluxDB has to be begun with a bucket: it is that of the shortest windows, kept for as long as by default."""
    environment = SERVICES["influxdb"]["environment"]
    (sink,) = yaml.safe_load((COMPOSE / "seatwatch.yaml").read_text())["influxdb"]

    assert (f"{sink['database']}/live", "35d", sink["org"]) == (
        environment["DOCKER_INFLUXDB_INIT_BUCKET"],
        environment["DOCKER_INFLUXDB_INIT_RETENTION"],
        environment["DOCKER_INFLUXDB_INIT_ORG"],
    )
    assert "live: {keep: 35d}" in (ROOT / "config.yaml").read_text()


def test_seatwatch_takes_its_configuration(tmp_path: Path) -> None:
    """With its paths on this machine, check-config finds nothing in the configuration, and collect reads by it."""
    token, logs = tmp_path / "token", tmp_path / "logs"
    token.write_text("secret")
    token.chmod(0o600)
    logs.mkdir()
    told(called(tmp_path, "simulate", "logs/demo.log", "--days", "1"))
    text = (COMPOSE / "seatwatch.yaml").read_text()
    for inside, outside in {
        "/var/lib/seatwatch/": f"{tmp_path}/",
        "/logs/": f"{logs}/",
        "/run/secrets/influxdb-token": str(token),
        '":9877"': '"127.0.0.1:0"',
    }.items():
        assert 1 == text.count(inside), inside
        text = text.replace(inside, outside)
    (tmp_path / "config.yaml").write_text(text)

    told(called(tmp_path, "check-config"))
    assert "alert: LicenceSaturated" in told(called(tmp_path, "rules", "build"))
    (tmp_path / "config.yaml").write_text(text.partition("\ninfluxdb:")[0])
    told(called(tmp_path, "collect"))
    assert "acorn_base" in told(called(tmp_path, "export", "capacity"))


def test_the_service_setup_makes_the_buckets(tmp_path: Path, influxdb2_description: Description) -> None:
    """With the administrator's token, and none of Seatwatch's, which isn't there yet, its command makes all three."""
    token = tmp_path / "admin-token"
    token.write_text(TOKEN)
    words = [
        str(token) if word == "/run/secrets/influxdb-admin-token" else word for word in SERVICES["setup"]["command"]
    ]
    server = FakeInfluxdb2(influxdb2_description)
    with served(server) as url:
        text = (COMPOSE / "seatwatch.yaml").read_text().replace("http://influxdb:8086", url)
        (tmp_path / "config.yaml").write_text(text.replace("org: seatwatch", f"org: {ORG}"))
        told(called(tmp_path, *words))

    assert str(token) in words
    assert {"licences/live", "licences/hourly", "licences/longterm"} == server.rules().keys()
    assert [] == server.faults


def test_the_health_check_tells_whether_it_lives(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """Seatwatch's check succeeds while it serves, and fails when it doesn't."""
    service = run(config())
    address = str(service.awaited("Serving.")["metrics"]).split("/")[2]
    _, _, *rest = SERVICES["seatwatch"]["healthcheck"]["test"]
    words = [sys.executable, *(word.replace("127.0.0.1:9877", address) for word in rest)]
    lives = subprocess.run(words, capture_output=True, check=False).returncode
    service.stop()

    assert (0, 1) == (lives, subprocess.run(words, capture_output=True, check=False).returncode)


class SetUp:
    """The script set-up, with a stand-in for docker."""

    def __init__(self, folder: Path) -> None:
        """Put both into *folder*."""
        self.folder, self.secrets = folder, folder / "secrets"
        (folder / "set-up").write_text((COMPOSE / "set-up").read_text())
        self.docker(DOCKER)

    def docker(self, text: str) -> None:
        """Let docker be this script."""
        (self.folder / "docker").write_text(text)
        for name in ("docker", "set-up"):
            (self.folder / name).chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        env = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run(
            [self.folder / "set-up"], cwd="/", env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
        )

    def kept(self) -> dict[str, str]:
        """Return the secrets, by name."""
        return {path.name: path.read_text() for path in self.secrets.iterdir()}


def test_set_up_makes_every_secret_once(tmp_path: Path) -> None:
    """Each secret is there for containers and for nobody else's eyes; tokens may do what they are for; all stay."""
    set_up = SetUp(tmp_path)
    first = set_up.run()
    kept = set_up.kept()
    calls = (tmp_path / "calls").read_text().splitlines()
    again = set_up.run()

    assert (0, 0) == (first.returncode, again.returncode), first.stderr + again.stderr
    assert SPEC["secrets"].keys() == kept.keys()
    assert kept == set_up.kept()
    assert {0o444} == {stat.S_IMODE(path.stat().st_mode) for path in set_up.secrets.iterdir()}
    assert 0o700 == stat.S_IMODE(set_up.secrets.stat().st_mode)
    made = [kept[name] for name in ("influxdb-password", "influxdb-admin-token", "grafana-password")]
    assert all(re.fullmatch(r"[0-9a-f]{64}", secret) for secret in made)
    assert 3 == len({*made})
    assert ["compose up --detach --wait influxdb", "compose run --rm --build setup"] == calls[:2]
    create = "compose exec -T influxdb influx auth create --json --description"
    assert [
        f"{create} influxdb-token --read-bucket 0a1 --write-bucket 0a1 --read-bucket 0a2 --write-bucket 0a2",
        f"{create} grafana-influxdb-token --read-bucket 0a1 --read-bucket 0a2",
    ] == [call for call in calls if " create " in call]
    assert ("made-4==\n", "made-6==\n") == (kept["influxdb-token"], kept["grafana-influxdb-token"])
    assert not any(secret in first.stdout + first.stderr + "".join(calls) for secret in made)


@pytest.mark.parametrize(
    "docker",
    ["#!/bin/sh\nexit 1\n", "#!/bin/sh\n", DOCKER.replace('"token"', '"tokken"')],
    ids=["fails", "mute", "new"],
)
def test_set_up_says_when_it_can_not_go_on(tmp_path: Path, docker: str) -> None:
    """When docker fails, or answers something else, the script fails, and keeps no empty token."""
    set_up = SetUp(tmp_path)
    set_up.docker(docker)

    assert 0 != set_up.run().returncode
    assert {"influxdb-token", "grafana-influxdb-token"}.isdisjoint(set_up.kept())


def test_set_up_is_sound() -> None:
    """The script can be run, and shellcheck finds nothing in it."""
    done = subprocess.run(
        [installed("shellcheck", "shellcheck"), COMPOSE / "set-up"], capture_output=True, text=True, check=False
    )

    assert ("", 0) == (done.stdout, done.returncode)
    assert os.access(COMPOSE / "set-up", os.X_OK)


def test_the_folders_of_the_image_are_as_seatwatch_makes_them() -> None:
    """The volume of the ledger has the owner that the container runs as, and the mode that Seatwatch gives."""
    owner = SERVICES["seatwatch"]["user"].split(":")

    assert re.search(rf"^RUN install -d -o {owner[0]} -g {owner[1]} -m {FOLDER_MODE:o} ", DOCKERFILE, re.MULTILINE)
    assert f"\nUSER {':'.join(owner)}\n" in DOCKERFILE
