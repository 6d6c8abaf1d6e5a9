"""docs/deploying.md: its commands run in their order, in a folder that stands for the root of a host."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.command_line import DEADLINE, ROOT, environment
from tests.e2e.documents import code_lines
from tests.e2e.flexlm_log import FlexlmLog
from tests.servers.installed import installed

LINES = [*code_lines((ROOT / "docs" / "deploying.md").read_text())]
PLACES = ("/etc/", "/opt/", "/usr/local/", "/var/")
OURS = ("install ", "promtool ", "amtool ", "/opt/seatwatch/bin/seatwatch ")
THE_HOSTS = ("useradd", "systemctl", "curl", "getfacl", "cd", "cp", "docker", "./set-up", "python3", "runuser")
"""Words that change a real host, or need one; what they would do is tried by other tests, or is not ours."""
AS_SEATWATCH = "runuser -u seatwatch -- "


def _words(line: str, root: Path) -> list[str]:
    """Return a command as it can be run below *root*, by whoever runs the tests."""
    words = shlex.split(line)
    for owner in ("-o", "-g"):
        if owner in words:
            at = words.index(owner)
            del words[at : at + 2]
    if words[0] == "/opt/seatwatch/bin/seatwatch":
        words[:1] = [sys.executable, "-m", "exporter"]
    mapped = [f"{root}{word}" if word.startswith(PLACES) else word for word in words]
    return [path for word in mapped for path in (sorted(map(str, Path("/").glob(word[1:]))) if "*" in word else [word])]


def _run(line: str, root: Path, env: Mapping[str, str]) -> None:
    done = subprocess.run(
        _words(line, root), cwd=ROOT, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert 0 == done.returncode, (line, done.stdout, done.stderr)


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    """From a bare host with a log, each of our commands ends well, and each program takes what it then finds."""
    for program, package in (("promtool", "prometheus"), ("amtool", "prometheus-alertmanager")):
        installed(program, package)
    for made in ("etc/systemd/system", "etc/cron.d", "etc/grafana/provisioning/datasources", "usr/local/bin"):
        (tmp_path / made).mkdir(parents=True)
    (tmp_path / "etc/grafana/provisioning/dashboards").mkdir()
    (tmp_path / "var/log/flexlm").mkdir(parents=True)
    (tmp_path / "var/lib/seatwatch").mkdir(parents=True)
    FlexlmLog(tmp_path / "var/log/flexlm/lic1.log", vendor="MLM").check_out("amber", "MATLAB")
    for line in LINES:
        plain = line.removeprefix(AS_SEATWATCH)
        if plain.startswith(OURS):
            _run(plain, tmp_path, environment())
        if " init " in plain and plain.startswith(OURS):
            # What the page says is to be set.
            file = tmp_path / "etc/seatwatch/config.yaml"
            text, changed = re.subn(r"(?m)^(\s+path): \S+", rf"\1: {tmp_path}/var/lib/seatwatch/x.db", file.read_text())
            assert 1 == changed
            file.write_text(re.sub(r"listen: \S+", "listen: 127.0.0.1:0", text))

    there = {str(path.relative_to(tmp_path)) for path in (tmp_path / "etc").rglob("*") if path.is_file()}
    assert {
        "etc/systemd/system/seatwatch.service",
        "etc/systemd/system/seatwatch-may-read.path",
        "etc/cron.d/seatwatch",
        "etc/prometheus/rules/seatwatch.yml",
        "etc/grafana/provisioning/datasources/influxdb2.yaml",
        "etc/grafana/seatwatch/feature.json",
    } <= there


def test_every_other_command_is_the_hosts() -> None:
    """What the test above leaves out changes a real host or needs one; nothing else is left out."""
    left = [line for line in LINES if not line.removeprefix(AS_SEATWATCH).startswith(OURS)]

    assert [] == [line for line in left if line.split()[0] not in THE_HOSTS and "/bin/pip " not in line]


def test_a_host_gets_what_the_image_gets() -> None:
    """Both are installed from wheels with the hashes of the lock, and then from the project, with the same options."""
    dockerfile = (ROOT / "deploy" / "compose" / "Dockerfile").read_text()
    here, there = (
        [set(line.partition(" install ")[2].split()) for line in lines if " install " in line and "pip " in line]
        for lines in (LINES, dockerfile.splitlines())
    )

    assert 2 == len(here)
    assert here == there


def test_what_is_started_is_there() -> None:
    """Each unit that the page starts, and each file that it installs, is in deploy/."""
    started = {
        word
        for line in LINES
        if line.startswith("systemctl enable")
        for word in line.split()
        if word.startswith("seat")
    }
    named = {word for line in LINES for word in line.split() if word.startswith("deploy/") and "@" not in word}

    assert set() == {unit for unit in started if not (ROOT / "deploy" / "systemd" / unit).exists()}
    assert set() == {path for path in named if not (ROOT / path).exists()}
    assert "seatwatch.service" in started
