"""The README: its commands run in their order, and its metrics are those that are shown."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.catalog.metrics import METRICS
from tests.e2e.command_line import DEADLINE, ROOT, called, environment, told
from tests.e2e.conftest import StartProgram, StartService, WriteConfig
from tests.e2e.documents import code_lines
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import Program, fetch, until
from tests.servers.installed import installed

README = (ROOT / "README.md").read_text()
LOGS = "/var/log/flexlm"
EXPLAINED = README.partition("    $ seatwatch ")[2].partition("\n## ")[0]
COMMAND = re.compile(r"(?<!\S)(?:\.venv/bin/)?seatwatch(?= )")


BEGIN, WATCHED = README.partition("\n## Dashboards and alerts\n")[::2]
STEPS = [line for line in code_lines(BEGIN) if line.startswith((".venv/bin/seatwatch ", "seatwatch ", "export "))]
WATCHING = [*code_lines(WATCHED.partition("\n## ")[0].replace("\\\n", " "))]
SAMPLES = [line for line in code_lines(README) if line.startswith(("licence_", "seatwatch_"))]


def runnable(step: str, folder: Path) -> str:
    """Return *step* as this machine can run it: the code of this project, logs in *folder*."""
    assert COMMAND.search(step), step
    return COMMAND.sub(f"{sys.executable} -m exporter", step).replace(LOGS, f"{folder}{LOGS}")


def serves_until_ctrl_c(service: Program) -> None:
    """Wait until the service shows the level, and end it as its user would."""
    address = until("the address", lambda: re.search(r"metrics=(\S+)", service.errors))[1]
    until("a level", lambda: 'licence_feature_in_use{feature="MATLAB"' in fetch(address).text)
    service.send(signal.SIGINT)
    assert service.ended() == 0, service.errors


def test_the_way_to_a_first_configuration(tmp_path: Path, start: StartProgram) -> None:
    """Every command of the README, typed in its order in an empty folder, ends well; `run` serves until Ctrl-C."""
    (tmp_path / LOGS[1:]).mkdir(parents=True)
    FlexlmLog(tmp_path / LOGS[1:] / "lic1.log", vendor="MLM").check_out("amber", "MATLAB")
    env = {**environment()}
    done = []
    for step in STEPS:
        if step.startswith("export "):
            name, _, value = step.split()[1].partition("=")
            env[name] = value
            continue
        done.append(step.split()[1])
        words = runnable(step, tmp_path)
        if done[-1] == "run":
            serves_until_ctrl_c(start("run", "bash", "-c", f"exec {words}", env=env))
            continue
        ran = subprocess.run(
            ["bash", "-c", words], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
        )
        assert ran.returncode == 0, (step, ran.stderr)
        if done[-1] == "init":
            # Who looks through the proposal may change it: the tests share the machine, so any free port does.
            file = tmp_path / "my.yaml"
            file.write_text(re.sub(r"listen: \S+", "listen: 127.0.0.1:0", file.read_text()))
    assert ["init", "check-config", "collect", "status", "who", "explain", "export", "run"] == done
    assert ",MATLAB,amber,ws-01," in (tmp_path / "sessions.csv").read_text()


def test_the_way_to_dashboards_and_alerts(
    tmp_path: Path, log: FlexlmLog, config: WriteConfig, run: StartService, start: StartProgram
) -> None:
    """Typed in their order beside `run`, the commands give a Prometheus with its data, the alerts, and the boards."""
    for program, package in (("prometheus", "prometheus"), ("prometheus-alertmanager", "prometheus-alertmanager")):
        installed(program, package)
    log.check_out("amber")
    config().rename(tmp_path / "my.yaml")
    serving = str(run(tmp_path / "my.yaml").awaited("Serving.")["metrics"]).split("/")[2]
    # The tests share the machine, so any free port does.
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        prometheus, alertmanager = (f"127.0.0.1:{free.getsockname()[1]}" for free in (one, other))
    ours = {"127.0.0.1:9877": serving, "127.0.0.1:9090": prometheus, "127.0.0.1:9093": alertmanager, ": 15s": ": 1s"}
    for step in WATCHING:
        words = runnable(step, tmp_path) if "seatwatch " in step else step.replace(" deploy/", f" {ROOT}/deploy/")
        words = _replaced(words, ours)
        if step.endswith("&"):
            start(step.split()[0], "bash", "-c", f"exec {words.removesuffix('&')}")
            continue
        ran = subprocess.run(
            ["bash", "-c", words],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert ran.returncode == 0, (step, ran.stderr)
        if step.startswith("cp "):
            file = tmp_path / "monitoring" / "prometheus.yml"
            file.write_text(_replaced(file.read_text(), ours))

    def asked(path: str) -> str:
        return fetch(f"http://{prometheus}/api/v1/{path}").text

    until("the level in Prometheus", lambda: '"feature":"acorn_base"' in asked("query?query=licence_feature_in_use"))
    until("Alertmanager known to Prometheus", lambda: alertmanager in asked("alertmanagers"))
    assert '"name":"LicenceSaturated"' in asked("rules")
    assert {"feature.json", "overview.json"} <= {path.name for path in (tmp_path / "monitoring" / "boards").iterdir()}


def _replaced(text: str, others: Mapping[str, str]) -> str:
    for old, new in others.items():
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_metrics_of_the_readme(sample: str) -> None:
    """A metric that the README shows is one of the catalog, with exactly its labels."""
    labels = {metric.name: set(metric.labels) for metric in METRICS}
    shown = [one for family in text_string_to_metric_families(f"{sample}\n") for one in family.samples]
    assert [labels[one.name] for one in shown] == [one.labels.keys() for one in shown]
    assert shown


def test_the_explanation_of_the_readme(tmp_path: Path) -> None:
    """What the README shows of `explain` is what the command says of a log with the lines that it shows."""
    log = tmp_path / LOGS[1:] / "lic1.log"
    log.parent.mkdir(parents=True)
    lines = re.findall(r"^ +(\d\d:\d\d:\d\d \(MLM\) .*)$", EXPLAINED, re.MULTILINE)
    begin, end = (f"{hour}:00:00 (MLM) TIMESTAMP 5/6/2024" for hour in ("08", "14"))
    log.write_text("\n".join([begin, *lines, end, ""]))
    (tmp_path / "config.yaml").write_text(
        "site: {name: x, timezone: UTC}\nledger: {path: seatwatch.db}\n"
        f"sources: [{{name: lic1, format: flexlm, server: lic1, timezone: UTC, paths: [{log}]}}]\n"
    )
    told(called(tmp_path, "collect"))
    command, _, shown = EXPLAINED.partition("\n")
    said = told(called(tmp_path, *shlex.split(command))).replace(str(tmp_path), "")

    assert len(lines) == 2
    assert _words(shown) == _words(said)


def _words(text: str) -> list[list[str]]:
    """Return the words of each line; how wide the columns and the rule are depends on the folder."""
    return [line.split() for line in text.splitlines() if line.strip(" ─")]
